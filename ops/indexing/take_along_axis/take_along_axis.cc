#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
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

}  // namespace

Value PlacesAlongAxis(Value indices, const Shape& shape, int axis) {
  GraphBuilder* const builder = indices.builder();
  const Value at = indices.dtype() == DType::kInt64 ? indices : Cast(indices, DType::kInt64);
  Dim stride = 1;
  Value sum;
  for (int a = shape.rank() - 1; a >= 0; --a) {
    const Value along = a == axis ? Select(Less(at, 0.0), at + OperandOf(builder, shape.dim(a)), at)
                                  : Iota(builder, DType::kInt64, at.shape(), a);
    const Value term = stride == Dim(1) ? along : along * OperandOf(builder, stride);
    sum = sum.valid() ? sum + term : term;
    stride = stride * shape.dim(a);
  }
  return sum;
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
