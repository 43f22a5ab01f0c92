#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"

namespace dagrad {
namespace {

// The dimension as an operand: a number, or a node where it is a symbol.
Operand OperandOf(GraphBuilder* builder, const Dim& dim) {
  if (dim.is_known()) return static_cast<double>(dim.value());
  return builder->AddNode(ops::SizeOp(), {}, {{"shape", Shape({dim})}, {"dtype", DType::kInt64}},
                          SourceLocation::Current());
}

// Whether `indices` of a shape of `at` may be longer than `dim` along an axis that they count
// along.
bool MayBeLonger(const Dim& at, const Dim& dim) {
  return !(at == dim) && !(at.is_known() && dim.is_known() && at.value() <= dim.value());
}

// The axis but `axis` along which numbers say that `at` is longer than x; -1 if there is none.
int LongerAxis(const Shape& at, const Shape& x, int axis) {
  for (int a = 0; a < x.rank(); ++a) {
    if (a != axis && at.dim(a).is_known() && x.dim(a).is_known() &&
        at.dim(a).value() > x.dim(a).value())
      return a;
  }
  return -1;
}

// Whether `along`, which counts from 0, is of an axis of `dim`.
Value IsInside(Value along, const Dim& dim) {
  const Value below = Less(along, OperandOf(along.builder(), dim));
  return LogicalAnd(GreaterEqual(along, 0.0), below);
}

}  // namespace

Value PlacesAlongAxis(Value indices, const Shape& shape, int axis) {
  if (!indices.valid()) return indices;
  GraphBuilder* const builder = indices.builder();
  if (const int a = LongerAxis(indices.shape(), shape, axis); a >= 0) {
    return builder->Fail("PlacesAlongAxis", SourceLocation::Current(),
                         absl::StrCat("indices ", indices.shape().ToString(), " are longer than x ",
                                      shape.ToString(), " along axis ", a));
  }
  const Value at = indices.dtype() == DType::kInt64 ? indices : Cast(indices, DType::kInt64);
  Dim stride = 1;
  Value sum, inside;
  for (int a = shape.rank() - 1; a >= 0; --a) {
    const Dim& dim = shape.dim(a);
    const Value along = a == axis ? Select(Less(at, 0.0), at + OperandOf(builder, dim), at)
                                  : Iota(builder, DType::kInt64, at.shape(), a);
    const Value term = stride == Dim(1) ? along : along * OperandOf(builder, stride);
    sum = sum.valid() ? sum + term : term;
    stride = stride * dim;
    if (a != axis && !MayBeLonger(at.dim(a), dim)) continue;
    const Value is_inside = IsInside(along, dim);
    inside = inside.valid() ? LogicalAnd(inside, is_inside) : is_inside;
  }
  return Select(inside, sum, OperandOf(builder, stride));
}

Value TakeAlongAxis(Operand x, Operand indices, int64_t axis) {
  const Value data = x.value(), at = indices.value();
  if (!data.valid() || !at.valid()) return Value();
  const int rank = data.rank();
  const int64_t a = axis < 0 ? axis + rank : axis;
  if (at.rank() != rank || a < 0 || a >= rank) {
    return x.builder()->Fail(
        "TakeAlongAxis", x.location(),
        absl::StrCat("axis ", axis, " of ", data.type().ToString(), " by ", at.type().ToString()));
  }
  return Gather(Reshape(data, {data.shape().NumElements()}),
                PlacesAlongAxis(at, data.shape(), static_cast<int>(a)));
}

}  // namespace dagrad
