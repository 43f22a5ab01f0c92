// Functions of elements. Most are ops of ONNX too; which, and for which dtypes, is a table.
#include <algorithm>
#include <limits>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

constexpr DTypeSet kBf16 = {DType::kBFloat16};
constexpr SameOp kSame[] = {
    {"Abs", "Abs", kNumberTypes},
    {"Acos", "Acos", kHalvesAndFloats, 22, kBf16},
    {"Acosh", "Acosh", kHalvesAndFloats, 22, kBf16},
    {"Add", "Add", kNumberTypes},
    {"Asin", "Asin", kHalvesAndFloats, 22, kBf16},
    {"Asinh", "Asinh", kHalvesAndFloats, 22, kBf16},
    {"Atan", "Atan", kHalvesAndFloats, 22, kBf16},
    {"Atanh", "Atanh", kHalvesAndFloats, 22, kBf16},
    {"BitwiseAnd", "BitwiseAnd", kIntegerTypes, 0, {}, 18},
    {"BitwiseNot", "BitwiseNot", kIntegerTypes, 0, {}, 18},
    {"BitwiseOr", "BitwiseOr", kIntegerTypes, 0, {}, 18},
    {"BitwiseXor", "BitwiseXor", kIntegerTypes, 0, {}, 18},
    {"Ceil", "Ceil", kFloatTypes},
    {"Cos", "Cos", kHalvesAndFloats, 22, kBf16},
    {"Cosh", "Cosh", kHalvesAndFloats, 22, kBf16},
    {"Div", "Div", kFloatTypes},
    {"Equal", "Equal", kAnyType},
    {"Erf", "Erf", kFloatTypes},
    {"Exp", "Exp", kFloatTypes},
    {"Floor", "Floor", kFloatTypes},
    {"Greater", "Greater", kNumberTypes},
    {"GreaterEqual", "GreaterOrEqual", kNumberTypes},
    {"IsInf", "IsInf", {DType::kFloat32, DType::kFloat64}, 20, kFloatTypes},
    {"IsNan", "IsNaN", kFloatTypes},
    {"Less", "Less", kNumberTypes},
    {"LessEqual", "LessOrEqual", kNumberTypes},
    {"Log", "Log", kFloatTypes},
    {"LogicalAnd", "And", kBoolType},
    {"LogicalNot", "Not", kBoolType},
    {"LogicalOr", "Or", kBoolType},
    {"LogicalXor", "Xor", kBoolType},
    {"Maximum", "Max", kNumberTypes},
    {"Minimum", "Min", kNumberTypes},
    {"Mul", "Mul", kNumberTypes},
    {"Neg", "Neg", kSignedTypes},
    {"Reciprocal", "Reciprocal", kFloatTypes},
    {"Round", "Round", kHalvesAndFloats, 22, kBf16},
    {"Sign", "Sign", kNumberTypes},
    {"Sin", "Sin", kHalvesAndFloats, 22, kBf16},
    {"Sinh", "Sinh", kHalvesAndFloats, 22, kBf16},
    {"Sqrt", "Sqrt", kFloatTypes},
    {"Sub", "Sub", kNumberTypes},
    {"Tan", "Tan", kHalvesAndFloats, 22, kBf16},
};

const SameOp& SameOf(const NodeExport& c) {
  return *std::find_if(std::begin(kSame), std::end(kSame),
                       [&c](const SameOp& s) { return s.op == c.node().op->name; });
}

bool IsSame(const NodeExport& c) { return Has(SameOf(c), c); }

void WriteSame(NodeExport& c) {
  const SameOp& op = SameOf(c);
  const DType result = c.out_dtype() == c.dtype(0) ? DType::kInvalid : c.out_dtype();
  const auto apply = [&](const std::vector<Var>& inputs) {
    return c.Op(op.onnx, inputs, {}, result);
  };
  c.out(0, Has(op, c) ? apply(c.all_inputs()) : Widened(c, c.all_inputs(), apply));
}

void WriteBitwise(NodeExport& c) {
  if (!IsSame(c)) return c.Unsupported("operations on bits need opset 18");
  WriteSame(c);
}

// That Maximum and Minimum give ties to one operand is told by the function alone.
bool IsSameExtreme(const NodeExport& c) { return IsSame(c) && !c.attr<bool>("ties_to_a"); }

// divide(a, b) of integers: 0 where the divisor is 0, and by_minus_1 where it is -1, by which the
// least number has no quotient. ONNX leaves both open, and runtimes end with a signal there.
template <typename F>
Var GuardedDivision(NodeExport& c, F divide, const Var& by_minus_1) {
  const Var a = c.in(0), b = c.in(1), one = c.Scalar(1, b.dtype), zero = c.Scalar(0, b.dtype);
  const Var is_zero = Equal(b, zero);
  if (LowestValue(b.dtype) == 0) return c.Where(is_zero, zero, divide(a, c.Where(is_zero, one, b)));
  const Var is_minus_1 = Equal(b, c.Scalar(-1, b.dtype));
  const Var is_either = c.Op("Or", {is_zero, is_minus_1}, {}, DType::kBool);
  const Var quotient = divide(a, c.Where(is_either, one, b));
  return c.Where(is_zero, zero, c.Where(is_minus_1, by_minus_1, quotient));
}

void WriteDiv(NodeExport& c) {
  if (IsFloating(c.dtype(0))) return WriteSame(c);
  const Var negative = c.Scalar(0, c.dtype(0)) - c.in(0);
  c.out(0, GuardedDivision(
               c, [](const Var& a, const Var& b) { return a / b; }, negative));
}

// ONNX has C's remainder for floats alone; it is moved to the divisor's sign.
void WriteFloorMod(NodeExport& c) {
  if (!IsFloating(c.dtype(0))) {
    const auto mod = [&c](const Var& a, const Var& b) {
      return c.Op("Mod", {a, b}, {{"fmod", 0}});
    };
    return c.out(0, GuardedDivision(c, mod, c.Scalar(0, c.dtype(0))));
  }
  const Var a = c.in(0), b = c.in(1), r = c.Op("Mod", {a, b}, {{"fmod", 1}});
  const Var zero = c.Scalar(0, r.dtype);
  const Var differs = c.Op("Xor", {r < zero, b < zero}, {}, DType::kBool);
  c.out(0, c.Where(And(differs, Not(Equal(r, zero))), r + b, r));
}

void WriteNotEqual(NodeExport& c) { c.out(0, Not(Equal(c.in(0), c.in(1)))); }

// Integers that ONNX's op does not have are powers of int64, which hold the same low bits as long
// as a runtime computes with integers.
bool IsSamePow(const NodeExport& c) {
  return IsFloating(c.dtype(0)) || c.dtype(0) == DType::kInt32 || c.dtype(0) == DType::kInt64;
}
void WritePow(NodeExport& c) {
  const auto pow = [&c](const std::vector<Var>& v) { return c.Op("Pow", v); };
  c.out(0, IsSamePow(c) ? pow(c.all_inputs()) : Widened(c, c.all_inputs(), pow));
}

void WriteSelect(NodeExport& c) { c.out(0, c.Where(c.in(0), c.in(1), c.in(2))); }
void WriteSquare(NodeExport& c) { c.out(0, c.in(0) * c.in(0)); }
void WriteRsqrt(NodeExport& c) { c.out(0, 1 / Sqrt(c.in(0))); }
void WriteExpm1(NodeExport& c) { c.out(0, Expm1(c.in(0))); }

// ln(1 + x) = ln(u)·x/(u - 1) with u = 1 + x rounded, for small x.
void WriteLog1p(NodeExport& c) {
  const Var x = c.in(0), one = c.Scalar(1, x.dtype), u = x + one;
  const Var small = c.Where(Equal(u, one), x, Log(u) * (x / (u - one)));
  c.out(0, c.Where(x > one, Log(u), small));
}

void WriteIsFinite(NodeExport& c) {
  const Var x = c.in(0);
  c.out(0, Equal(x - x, c.Scalar(0, x.dtype)));
}

// BitShift has no signed integers, and leaves shifts by all bits and more open: x, int64, as 64
// bits without a sign, and 0 then.
Var ShiftedBits(NodeExport& c, const Var& x, const char* direction) {
  const Var by = c.Cast(c.in(1), DType::kInt64), zero = c.Scalar(0, DType::kInt64);
  const Var is_within = And(by > -1.0, by < 64.0);
  const Var bits = c.Cast(c.Where(is_within, by, zero), DType::kUInt64);
  const Var y = c.Op("BitShift", {c.Cast(x, DType::kUInt64), bits}, {{"direction", direction}});
  return c.Where(is_within, c.Cast(y, DType::kInt64), zero);
}

void WriteShiftLeft(NodeExport& c) {
  c.out(0, c.Cast(ShiftedBits(c, c.Cast(c.in(0), DType::kInt64), "LEFT"), c.out_dtype()));
}

// Of a number below 0, ~(~a / 2^b).
void WriteShiftRight(NodeExport& c) {
  const Var a = c.Cast(c.in(0), DType::kInt64);
  if (LowestValue(c.dtype(0)) == 0)
    return c.out(0, c.Cast(ShiftedBits(c, a, "RIGHT"), c.out_dtype()));
  const Var is_negative = a < 0.0, minus_1 = c.Scalar(-1, DType::kInt64);
  const Var y = ShiftedBits(c, c.Where(is_negative, minus_1 - a, a), "RIGHT");
  c.out(0, c.Cast(c.Where(is_negative, minus_1 - y, y), c.out_dtype()));
}

// From floats to integers it saturates, and NaN gives 0; ONNX leaves both open.
bool IsSameCast(const NodeExport& c) {
  return !IsFloating(c.dtype(0)) || !IsInteger(c.out_dtype());
}
void WriteCast(NodeExport& c) {
  const DType to = c.out_dtype();
  if (IsSameCast(c))
    return c.out(0, c.Op("Cast", {c.in(0)}, {{"to", int64_t{DataTypeOf(to)}}}, to));
  const Var x = c.Cast(c.in(0), DType::kFloat64);
  const Var number = c.Where(c.Op("IsNaN", {x}, {}, DType::kBool), c.Scalar(0, x.dtype), x);
  const double lowest = LowestValue(to), highest = HighestValue(to);
  const Var inside = Min(Max(number, c.Scalar(lowest, x.dtype)), c.Scalar(highest, x.dtype));
  // 2^63 and 2^64 are no integers of 64 bits: at the upper end stands the largest there is.
  const Var is_high =
      c.Op("GreaterOrEqual", {number, c.Scalar(highest, x.dtype)}, {}, DType::kBool);
  const Var below = c.Where(is_high, c.Scalar(0, x.dtype), inside);
  c.out(0, c.Where(is_high, c.Constant(Tensor::Full(to, {}, highest)), c.Cast(below, to)));
}

constexpr ExportRow kRows[] = {
    {"Abs", WriteSame, IsSame},
    {"Acos", WriteSame, IsSame},
    {"Acosh", WriteSame, IsSame},
    {"Add", WriteSame, IsSame},
    {"Asin", WriteSame, IsSame},
    {"Asinh", WriteSame, IsSame},
    {"Atan", WriteSame, IsSame},
    {"Atanh", WriteSame, IsSame},
    {"BitwiseAnd", WriteBitwise, IsSame},
    {"BitwiseNot", WriteBitwise, IsSame},
    {"BitwiseOr", WriteBitwise, IsSame},
    {"BitwiseXor", WriteBitwise, IsSame},
    {"Cast", WriteCast, IsSameCast},
    {"Ceil", WriteSame, IsSame},
    {"Cos", WriteSame, IsSame},
    {"Cosh", WriteSame, IsSame},
    {"Div", WriteDiv, IsSame},
    {"Equal", WriteSame, IsSame},
    {"Erf", WriteSame, IsSame},
    {"Exp", WriteSame, IsSame},
    {"Expm1", WriteExpm1},
    {"Floor", WriteSame, IsSame},
    {"FloorMod", WriteFloorMod},
    {"Greater", WriteSame, IsSame},
    {"GreaterEqual", WriteSame, IsSame},
    {"IsFinite", WriteIsFinite},
    {"IsInf", WriteSame, IsSame},
    {"IsNan", WriteSame, IsSame},
    {"Less", WriteSame, IsSame},
    {"LessEqual", WriteSame, IsSame},
    {"Log", WriteSame, IsSame},
    {"Log1p", WriteLog1p},
    {"LogicalAnd", WriteSame, IsSame},
    {"LogicalNot", WriteSame, IsSame},
    {"LogicalOr", WriteSame, IsSame},
    {"LogicalXor", WriteSame, IsSame},
    {"Maximum", WriteSame, IsSameExtreme},
    {"Minimum", WriteSame, IsSameExtreme},
    {"Mul", WriteSame, IsSame},
    {"Neg", WriteSame, IsSame},
    {"NotEqual", WriteNotEqual},
    {"Pow", WritePow, IsSamePow},
    {"Reciprocal", WriteSame, IsSame},
    {"Round", WriteSame, IsSame},
    {"Rsqrt", WriteRsqrt},
    {"Select", WriteSelect, Always},
    {"ShiftLeft", WriteShiftLeft},
    {"ShiftRight", WriteShiftRight},
    {"Sign", WriteSame, IsSame},
    {"Sin", WriteSame, IsSame},
    {"Sinh", WriteSame, IsSame},
    {"Sqrt", WriteSame, IsSame},
    {"Square", WriteSquare},
    {"Sub", WriteSame, IsSame},
    {"Tan", WriteSame, IsSame},
};

}  // namespace

absl::Span<const ExportRow> ElementwiseExportRows() { return kRows; }

}  // namespace dagrad::onnx
