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

// round(x / scale) + zero point, within what the dtype of the zero point holds.
Value Quantized(Value x, Value scale, Value zero) {
  const Value q = Round(x / scale) + Cast(zero, x.dtype());
  const DType to = zero.dtype();
  return Cast(Clip(q, LowestValue(to), HighestValue(to)), to);
}

Value Dequantized(Value q, Value scale, Value zero) {
  const Value wide = Cast(q, scale.dtype());
  return (zero.valid() ? wide - Cast(zero, scale.dtype()) : wide) * scale;
}

Value Zero(NodeImport& c, int i, const Value& x) {
  return c.has(i) ? AlongAxis(c, c.in(i), x) : Value();
}

void ImportQuantizeLinear(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1);
  const DType otherwise = c.Int("output_dtype", 0) == 0
                              ? DType::kUInt8
                              : c.DTypeAttribute("output_dtype", DType::kUInt8);
  if (!c.ok()) return;
  const Value zero = c.has(2) ? Zero(c, 2, x) : Full(c.builder(), otherwise, Shape(), 0);
  c.out(0, Quantized(x, AlongAxis(c, scale, x), zero));
}

void ImportDequantizeLinear(NodeImport& c) {
  const Value q = c.in(0), scale = c.in(1);
  if (!c.ok()) return;
  c.out(0, Dequantized(q, AlongAxis(c, scale, q), Zero(c, 2, q)));
}

// Scale and zero point of the range of x with 0.
void ImportDynamicQuantizeLinear(NodeImport& c) {
  const Value x = c.in(0);
  if (!c.ok()) return;
  const Value low = Minimum(ReduceMin(x), 0.0), high = Maximum(ReduceMax(x), 0.0);
  const Value scale = (high - low) * (1.0 / 255);
  const Value zero = Cast(Clip(Round(-(low / scale)), 0.0, 255.0), DType::kUInt8);
  c.out(0, Quantized(x, scale, zero));
  c.out(1, scale);
  c.out(2, zero);
}

// A zero point of an operand of a product: of its rows (a) or columns (b), or one for all.
Value Centered(NodeImport& c, int operand, int zero, bool is_row, DType dtype) {
  const Value x = Cast(c.in(operand), dtype);
  if (!c.has(zero)) return x;
  Value z = Cast(c.in(zero), dtype);
  if (z.rank() == 1 && is_row) z = Reshape(z, {z.dim(0), Dim(1)});
  return x - z;
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
  const Value real = MatMul(a, b) * (scale(1) * scale(4));
  c.out(0, Quantized(real, scale(6), c.in(7)));
}

constexpr Row kRows[] = {
    {"DequantizeLinear", ImportDequantizeLinear},
    {"DynamicQuantizeLinear", ImportDynamicQuantizeLinear},
    {"MatMulInteger", ImportMatMulInteger},
    {"QLinearMatMul", ImportQLinearMatMul},
    {"QuantizeLinear", ImportQuantizeLinear},
};

}  // namespace

absl::Span<const Row> QuantizationRows() { return kRows; }

}  // namespace dagrad::onnx
