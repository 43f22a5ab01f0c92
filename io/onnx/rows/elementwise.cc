// Functions of elements, with NumPy's broadcasting.
#include <cmath>
#include <limits>
#include <string>

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/bitwise/bitwise.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/strings/string_binary/string_binary.h"

namespace dagrad::onnx {
namespace {

void ImportPow(NodeImport& c) {
  Operands o = BroadcastOperands(c);
  if (o.values.size() != 2 || !c.ok()) return;
  // The exponent may be of another dtype: the result is of the base's.
  const Value base = o.values[0], exponent = o.values[1];
  if (base.dtype() == exponent.dtype()) return OutOf(c, o, Pow(base, exponent));
  if (IsFloating(base.dtype())) return OutOf(c, o, Pow(base, Cast(exponent, base.dtype())));
  const Value y = Pow(Cast(base, DType::kFloat64), Cast(exponent, DType::kFloat64));
  OutOf(c, o, Cast(y, base.dtype()));
}

// fmod = 1: the remainder with the dividend's sign.
void ImportMod(NodeImport& c) {
  const Operands o = BroadcastOperands(c);
  if (o.values.size() != 2 || !c.ok()) return;
  const Value a = o.values[0], b = o.values[1];
  if (c.Int("fmod", 0) == 0) return OutOf(c, o, FloorMod(a, b));
  if (LowestValue(a.dtype()) == 0) return OutOf(c, o, FloorMod(a, b));
  // Its derivative by a is 1 at 0, too, where Sign(a) FloorMod(Abs(a), Abs(b)) would have 0.
  if (IsFloating(a.dtype())) {
    const Value by = Abs(b);
    return OutOf(c, o, Select(Less(a, 0.0), -FloorMod(-a, by), FloorMod(a, by)));
  }
  // Not of absolute values: the lowest integer has none.
  const Value r = FloorMod(a, b);
  const Value turns = LogicalAnd(NotEqual(r, 0.0), LogicalXor(Less(r, 0.0), Less(a, 0.0)));
  OutOf(c, o, Select(turns, r - b, r));
}

void ImportIsInf(NodeImport& c) {
  const bool negative = c.Int("detect_negative", 1) != 0,
             positive = c.Int("detect_positive", 1) != 0;
  ElementwiseOf(c, [&](Value x) {
    if (negative && positive) return IsInf(x);
    if (!negative && !positive) return Less(x, x);
    const Value zero = Scalar(x, 0);
    return LogicalAnd(IsInf(x), positive ? Greater(x, zero) : Less(x, zero));
  });
}

void ImportWhere(NodeImport& c) {
  const Value condition = c.in(0), a = c.in(1), b = c.in(2);
  c.out(0, Select(condition, a, b));
}

void ImportMean(NodeImport& c) {
  const Operands o = BroadcastOperands(c);
  if (o.values.empty() || !c.ok()) return;
  const DType dtype = o.values[0].dtype();
  Value y = InDType(o.values[0], ComputeDType(dtype));
  for (size_t i = 1; i < o.values.size(); ++i) y = y + InDType(o.values[i], y.dtype());
  OutOf(c, o, InDType(y * (1.0 / static_cast<double>(o.values.size())), dtype));
}

// Bounds are inputs since opset 11. Absent: none.
void ImportClip(NodeImport& c) {
  if (c.version() < 11) {
    ElementwiseOf(c, [&c](Value x) {
      Value y = x;
      if (c.has_attribute("min")) y = ClipMin(y, Scalar(x, c.Real("min", 0)));
      if (c.has_attribute("max")) y = ClipMax(y, Scalar(x, c.Real("max", 0)));
      return y == x ? Identity(x) : y;
    });
    return;
  }
  Value low = c.has(1) ? c.in(1) : Value(), high = c.has(2) ? c.in(2) : Value();
  if (!c.ok()) return;
  ElementwiseOf(c, [&](Value x) {
    Value y = x;
    if (low.valid()) y = ClipMin(y, low);
    if (high.valid()) y = ClipMax(y, high);
    return y == x ? Identity(x) : y;
  });
}

void ImportCast(NodeImport& c) {
  if (!c.has_attribute("to")) return c.Invalid("attribute to is missing");
  const DType to = c.DTypeAttribute("to", DType::kFloat32);
  ElementwiseOf(c, [to](Value x) { return Cast(x, to); });
}

void ImportCastLike(NodeImport& c) {
  const DType to = c.dtype(1);
  ElementwiseOf(c, [to](Value x) { return Cast(x, to); });
}

void ImportIdentity(NodeImport& c) {
  if (c.has(0)) return c.out_same(0, c.input_ptr(0));
  c.Invalid("it has no input");
}

// As in inference: nothing is dropped, and the mask is all true. So it is in training at rate 0.
void ImportDropout(NodeImport& c) {
  const bool trains = c.has(2) && c.Float(2, 0) != 0 && c.Float(1, 0.5) != 0;
  if (trains) return c.Unsupported("training_mode");
  if (!c.has(0)) return c.Invalid("it has no input");
  c.out_same(0, c.input_ptr(0));
  if (c.wants(1)) {
    const DType mask = c.version() < 10 ? c.dtype(0) : DType::kBool;
    c.out(1, Full(c.builder(), mask, c.shape(0), 1));
  }
}

void ImportBitShift(NodeImport& c) {
  if (c.Choice("direction", "", {"LEFT", "RIGHT"}) == "LEFT") return Binary<ShiftLeft>(c);
  Binary<ShiftRight>(c);
}

void ImportEqual(NodeImport& c) {
  if (c.dtype(0) == DType::kString) return Binary<StringEqual>(c);
  Binary<Equal>(c);
}

constexpr Row kRows[] = {
    {"Abs", Unary<Abs>, 1},
    {"Acos", Unary<Acos>, 1},
    {"Acosh", Unary<Acosh>, 1},
    {"Add", Binary<Add>, 2},
    {"And", Binary<LogicalAnd>, 2},
    {"BitShift", ImportBitShift, 2},
    {"BitwiseAnd", Binary<BitwiseAnd>, 2},
    {"BitwiseNot", Unary<BitwiseNot>, 1},
    {"BitwiseOr", Binary<BitwiseOr>, 2},
    {"BitwiseXor", Binary<BitwiseXor>, 2},
    {"Asin", Unary<Asin>, 1},
    {"Asinh", Unary<Asinh>, 1},
    {"Atan", Unary<Atan>, 1},
    {"Atanh", Unary<Atanh>, 1},
    {"Cast", ImportCast, 1},
    {"CastLike", ImportCastLike, 2},
    {"Ceil", Unary<Ceil>, 1},
    {"Clip", ImportClip, 3},
    {"Cos", Unary<Cos>, 1},
    {"Cosh", Unary<Cosh>, 1},
    {"Div", Binary<Div>, 2},
    {"Dropout", ImportDropout, 3},
    {"Equal", ImportEqual, 2, /*takes_strings=*/true},
    {"Erf", Unary<Erf>, 1},
    {"Exp", Unary<Exp>, 1},
    {"Floor", Unary<Floor>, 1},
    {"Greater", Binary<Greater>, 2},
    {"GreaterOrEqual", Binary<GreaterEqual>, 2},
    {"Identity", ImportIdentity, 1, /*takes_strings=*/true},
    {"IsInf", ImportIsInf, 1},
    {"IsNaN", Unary<IsNan>, 1},
    {"Less", Binary<Less>, 2},
    {"LessOrEqual", Binary<LessEqual>, 2},
    {"Log", Unary<Log>, 1},
    {"Max", Variadic<Maximum>, kAnyNumber},
    {"Mean", ImportMean, kAnyNumber},
    {"Min", Variadic<Minimum>, kAnyNumber},
    {"Mod", ImportMod, 2},
    {"Mul", Binary<Mul>, 2},
    {"Neg", Unary<Neg>, 1},
    {"Not", Unary<LogicalNot>, 1},
    {"Or", Binary<LogicalOr>, 2},
    {"Pow", ImportPow, 2},
    {"Reciprocal", Unary<Reciprocal>, 1},
    {"Round", Unary<Round>, 1},
    {"Sign", Unary<Sign>, 1},
    {"Sin", Unary<Sin>, 1},
    {"Sinh", Unary<Sinh>, 1},
    {"Sqrt", Unary<Sqrt>, 1},
    {"Sub", Binary<Sub>, 2},
    {"Sum", Variadic<Add>, kAnyNumber},
    {"Tan", Unary<Tan>, 1},
    {"Where", ImportWhere, 3},
    {"Xor", Binary<LogicalXor>, 2},
};

}  // namespace

absl::Span<const Row> ElementwiseRows() { return kRows; }

}  // namespace dagrad::onnx
