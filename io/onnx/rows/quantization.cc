// Integers that stand for numbers: q = round(x / scale) + zero point. The dtype of the
// zero point says in which.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// A scale or zero point of each block of `block_size` elements along `axis` of x, for each element.
Value ByBlock(NodeImport& c, Value parameter, const Value& x) {
  const int axis = AxisOf(c, c.Int("axis", 1), x.rank());
  const int64_t block = c.Int("block_size", 0), size = KnownDim(c, x, axis);
  if (!c.ok()) return parameter;
  if (block < 1 || block > size || !(parameter.dim(axis) == Dim((size - 1) / block + 1))) {
    c.Invalid(absl::StrCat("block_size ", block, " of ", parameter.type().ToString(), " for ",
                           x.type().ToString()));
    return parameter;
  }
  const Value blocks = ExpandDims(parameter, axis + 1);
  Shape repeated = blocks.shape(), joined = parameter.shape();
  SetDim(&repeated, axis + 1, block);
  SetDim(&joined, axis, parameter.dim(axis) * block);
  return SliceAxis(Reshape(BroadcastTo(blocks, repeated), joined), axis, {.limit = Dim(size)});
}

// A scale or zero point of one axis along `axis` of x.
Value AlongAxis(NodeImport& c, Value parameter, const Value& x) {
  if (parameter.rank() == 0) return parameter;
  if (parameter.rank() == 1 && parameter.dim(0) == Dim(1)) return Reshape(parameter, Shape());
  if (parameter.rank() == x.rank() && c.has_attribute("block_size"))
    return ByBlock(c, parameter, x);
  if (parameter.rank() != 1) {
    c.Invalid(absl::StrCat("a scale or zero point ", parameter.type().ToString()));
    return parameter;
  }
  const int axis = AxisOf(c, c.Int("axis", 1), x.rank());
  Shape shape;
  for (int a = 0; a < x.rank(); ++a) shape.push_back(a == axis ? parameter.dim(0) : Dim(1));
  return Reshape(parameter, shape);
}

// The dtype that an attribute names, which is 0 where it names none.
DType NamedDType(NodeImport& c, absl::string_view name, DType otherwise) {
  return c.Int(name, 0) == 0 ? otherwise : c.DTypeAttribute(name, otherwise);
}

// round(x / scale) + zero point, within what the dtype of the zero point holds. The quotient is of
// `dtype`; halves have not all zero points of 16 bits.
Value Quantized(Value x, Value scale, Value zero, DType dtype) {
  const Value quotient = Round(InDType(x, dtype) / InDType(scale, dtype));
  const DType wide = ComputeDType(dtype), to = zero.dtype();
  const Value q = InDType(quotient, wide) + Cast(zero, wide);
  return Cast(Clip(q, LowestValue(to), HighestValue(to)), to);
}

Value Zero(NodeImport& c, int i, const Value& x) {
  return c.has(i) ? AlongAxis(c, c.in(i), x) : Value();
}

void ImportQuantizeLinear(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1);
  const DType otherwise = NamedDType(c, "output_dtype", DType::kUInt8);
  const DType of_scale = IsFloating(scale.dtype()) ? scale.dtype() : DType::kFloat64;
  const DType precision = NamedDType(c, "precision", of_scale);
  if (!c.ok()) return;
  if (!IsFloating(precision)) return c.Invalid("precision is a dtype of floats");
  const Value zero = c.has(2) ? Zero(c, 2, x) : Full(c.builder(), otherwise, Shape(), 0);
  c.out(0, Quantized(x, AlongAxis(c, scale, x), zero, precision));
}

// (q - zero point) · scale; the difference of integers is exact.
void ImportDequantizeLinear(NodeImport& c) {
  const Value q = c.in(0), scale = c.in(1);
  const DType to = NamedDType(c, "output_dtype", scale.dtype());
  if (!c.ok()) return;
  const Value zero = Zero(c, 2, q);
  const DType exact = IsInteger(q.dtype()) ? DType::kInt32 : to;
  const Value difference = zero.valid() ? InDType(q, exact) - InDType(zero, exact) : q;
  c.out(0, InDType(difference, to) * InDType(AlongAxis(c, scale, q), to));
}

// Scale and zero point of the range of x with 0.
void ImportDynamicQuantizeLinear(NodeImport& c) {
  const Value x = c.in(0);
  if (!c.ok()) return;
  const Value low = Minimum(ReduceMin(x), 0.0), high = Maximum(ReduceMax(x), 0.0);
  const Value scale = (high - low) / 255.0;
  const Value zero = Cast(Clip(Round(-(low / scale)), 0.0, 255.0), DType::kUInt8);
  c.out(0, Quantized(x, scale, zero, x.dtype()));
  c.out(1, scale);
  c.out(2, zero);
}

// A vector of numbers of the rows of a matrix as a column.
Value OfRows(Value numbers) {
  return numbers.rank() == 1 ? Reshape(numbers, {numbers.dim(0), Dim(1)}) : numbers;
}

// A zero point of an operand of a product: of its rows (a) or columns (b), or one for all.
Value Centered(NodeImport& c, int operand, int zero, bool is_row, DType dtype) {
  const Value x = Cast(c.in(operand), dtype);
  if (!c.has(zero)) return x;
  const Value z = Cast(c.in(zero), dtype);
  return x - (is_row && x.rank() > 1 ? OfRows(z) : z);
}

void ImportMatMulInteger(NodeImport& c) {
  const Value a = Centered(c, 0, 2, true, DType::kInt32);
  const Value b = Centered(c, 1, 3, false, DType::kInt32);
  c.out(0, MatMul(a, b));
}

// a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero.
void ImportQLinearMatMul(NodeImport& c) {
  const Value a = Cast(Centered(c, 0, 2, true, DType::kInt32), DType::kFloat64);
  const Value b = Cast(Centered(c, 3, 5, false, DType::kInt32), DType::kFloat64);
  const auto scale = [&](int i) { return Cast(c.in(i), DType::kFloat64); };
  const Value of_a = a.rank() > 1 && b.rank() > 1 ? OfRows(scale(1)) : scale(1);
  const Value real = MatMul(a, b) * (of_a * scale(4));
  c.out(0, Quantized(real, scale(6), c.in(7), DType::kFloat64));
}

constexpr Row kRows[] = {
    {"DequantizeLinear", ImportDequantizeLinear, 3},
    {"DynamicQuantizeLinear", ImportDynamicQuantizeLinear, 1},
    {"MatMulInteger", ImportMatMulInteger, 4},
    {"QLinearMatMul", ImportQLinearMatMul, 8},
    {"QuantizeLinear", ImportQuantizeLinear, 3},
};

}  // namespace

absl::Span<const Row> QuantizationRows() { return kRows; }

}  // namespace dagrad::onnx
