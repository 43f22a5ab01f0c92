// Trigonometry and hyperbolas.
#include <cmath>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"

namespace dagrad {
namespace {

using namespace ops::unary_internal;  // NOLINT(google-build-using-namespace)
using runtime::simd::UnaryFunction;

// 1 - x² and x² - 1 without cancellation near ±1. At ±1 themselves, where a cotangent of them may
// be infinite, the product's derivative would be a sum with 0·∞.
Value AtOnes(Value x, Value there, Value elsewhere) {
  return Select(Equal(Abs(x), 1.0), there, elsewhere);
}
Value OneMinusSquare(Value x) { return AtOnes(x, 1.0 - Square(x), (1.0 - x) * (x + 1.0)); }
Value SquareMinusOne(Value x) { return AtOnes(x, Square(x) - 1.0, (x - 1.0) * (x + 1.0)); }

// Beyond it, x² ± 1 is x² in any float, and soon too large for float32.
constexpr double kLarge = 1e9;

}  // namespace

// sin' = cos.
static Value SinVjp(const Point& p) { return p.dy * Cos(p.x); }
constexpr Entry kSin = {.name = "Sin",
                        .label = "sin",
                        .doc = "Sine: y = sin x, x in radians.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::sin(x); }>,
                        .cost = 12,
                        .simd = UnaryFunction::kSin,
                        .vjp = SinVjp,
                        .lo = -4,
                        .hi = 4};
const OpDef& ops::SinOp() { return Def<kSin>(); }
Value Sin(Operand x) { return AddNode(ops::SinOp(), {x}); }

// cos' = -sin.
static Value CosVjp(const Point& p) { return -(p.dy * Sin(p.x)); }
constexpr Entry kCos = {.name = "Cos",
                        .label = "cos",
                        .doc = "Cosine: y = cos x, x in radians.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::cos(x); }>,
                        .cost = 12,
                        .simd = UnaryFunction::kCos,
                        .vjp = CosVjp,
                        .lo = -4,
                        .hi = 4};
const OpDef& ops::CosOp() { return Def<kCos>(); }
Value Cos(Operand x) { return AddNode(ops::CosOp(), {x}); }

// tan' = 1/cos² = 1 + tan².
static Value TanVjp(const Point& p) { return p.dy * (Square(p.y) + 1.0); }
constexpr Entry kTan = {.name = "Tan",
                        .label = "tan",
                        .doc = "Tangent: y = tan x, x in radians.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::tan(x); }>,
                        .cost = 24,
                        .vjp = TanVjp,
                        .lo = -1.2,
                        .hi = 1.2};
const OpDef& ops::TanOp() { return Def<kTan>(); }
Value Tan(Operand x) { return AddNode(ops::TanOp(), {x}); }

// sin y = x, so y' = 1/cos y = 1/√(1 - x²).
static Value AsinVjp(const Point& p) { return p.dy / Sqrt(OneMinusSquare(p.x)); }
constexpr Entry kAsin = {.name = "Asin",
                         .label = "asin",
                         .doc = "Arc sine: y = asin x, in radians; NaN outside [-1, 1].",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::asin(x); }>,
                         .cost = 16,
                         .vjp = AsinVjp,
                         .lo = -0.8,
                         .hi = 0.8};
const OpDef& ops::AsinOp() { return Def<kAsin>(); }
Value Asin(Operand x) { return AddNode(ops::AsinOp(), {x}); }

// acos x = π/2 - asin x.
static Value AcosVjp(const Point& p) { return -(p.dy / Sqrt(OneMinusSquare(p.x))); }
constexpr Entry kAcos = {.name = "Acos",
                         .label = "acos",
                         .doc = "Arc cosine: y = acos x, in radians; NaN outside [-1, 1].",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::acos(x); }>,
                         .cost = 16,
                         .vjp = AcosVjp,
                         .lo = -0.8,
                         .hi = 0.8};
const OpDef& ops::AcosOp() { return Def<kAcos>(); }
Value Acos(Operand x) { return AddNode(ops::AcosOp(), {x}); }

// tan y = x, so y' = 1/(1 + tan² y) = 1/(1 + x²).
static Value AtanVjp(const Point& p) { return p.dy / (Square(p.x) + 1.0); }
constexpr Entry kAtan = {.name = "Atan",
                         .label = "atan",
                         .doc = "Arc tangent: y = atan x, in radians.",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::atan(x); }>,
                         .cost = 16,
                         .vjp = AtanVjp,
                         .lo = -4,
                         .hi = 4};
const OpDef& ops::AtanOp() { return Def<kAtan>(); }
Value Atan(Operand x) { return AddNode(ops::AtanOp(), {x}); }

// sinh' = cosh.
static Value SinhVjp(const Point& p) { return p.dy * Cosh(p.x); }
constexpr Entry kSinh = {.name = "Sinh",
                         .label = "sinh",
                         .doc = "Hyperbolic sine: y = (e^x - e^-x) / 2.",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::sinh(x); }>,
                         .cost = 16,
                         .simd = UnaryFunction::kSinh,
                         .vjp = SinhVjp,
                         .lo = -3,
                         .hi = 3};
const OpDef& ops::SinhOp() { return Def<kSinh>(); }
Value Sinh(Operand x) { return AddNode(ops::SinhOp(), {x}); }

// cosh' = sinh.
static Value CoshVjp(const Point& p) { return p.dy * Sinh(p.x); }
constexpr Entry kCosh = {.name = "Cosh",
                         .label = "cosh",
                         .doc = "Hyperbolic cosine: y = (e^x + e^-x) / 2.",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::cosh(x); }>,
                         .cost = 16,
                         .simd = UnaryFunction::kCosh,
                         .vjp = CoshVjp,
                         .lo = -3,
                         .hi = 3};
const OpDef& ops::CoshOp() { return Def<kCosh>(); }
Value Cosh(Operand x) { return AddNode(ops::CoshOp(), {x}); }

// tanh' = 1 - tanh².
static Value TanhVjp(const Point& p) { return p.dy * (1.0 - Square(p.y)); }
constexpr Entry kTanh = {.name = "Tanh",
                         .label = "tanh",
                         .doc = "Hyperbolic tangent: y = (e^x - e^-x) / (e^x + e^-x).",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::tanh(x); }>,
                         .cost = 12,
                         .simd = UnaryFunction::kTanh,
                         .vjp = TanhVjp,
                         .lo = -3,
                         .hi = 3};
const OpDef& ops::TanhOp() { return Def<kTanh>(); }
Value Tanh(Operand x) { return AddNode(ops::TanhOp(), {x}); }

// sinh y = x, so y' = 1/cosh y = 1/√(x² + 1), which is 1/|x| where x is large.
static Value AsinhVjp(const Point& p) {
  const Value a = Abs(p.x);
  const Value root = Sqrt(Square(Minimum(a, kLarge)) + 1.0);
  return p.dy / Select(Greater(a, kLarge), a, root);
}
constexpr Entry kAsinh = {.name = "Asinh",
                          .label = "asinh",
                          .doc = "Inverse hyperbolic sine: y = ln(x + √(x² + 1)).",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::asinh(x); }>,
                          .cost = 24,
                          .vjp = AsinhVjp,
                          .lo = -4,
                          .hi = 4};
const OpDef& ops::AsinhOp() { return Def<kAsinh>(); }
Value Asinh(Operand x) { return AddNode(ops::AsinhOp(), {x}); }

// cosh y = x, so y' = 1/sinh y = 1/√(x² - 1), which is 1/x where x is large.
static Value AcoshVjp(const Point& p) {
  const Value root = Sqrt(SquareMinusOne(Minimum(p.x, kLarge)));
  return p.dy / Select(Greater(p.x, kLarge), p.x, root);
}
constexpr Entry kAcosh = {.name = "Acosh",
                          .label = "acosh",
                          .doc = "Inverse hyperbolic cosine: y = ln(x + √(x² - 1)); NaN below 1.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::acosh(x); }>,
                          .cost = 24,
                          .vjp = AcoshVjp,
                          .lo = 1.3,
                          .hi = 4};
const OpDef& ops::AcoshOp() { return Def<kAcosh>(); }
Value Acosh(Operand x) { return AddNode(ops::AcoshOp(), {x}); }

// tanh y = x, so y' = 1/(1 - tanh² y) = 1/(1 - x²).
static Value AtanhVjp(const Point& p) { return p.dy / OneMinusSquare(p.x); }
constexpr Entry kAtanh = {
    .name = "Atanh",
    .label = "atanh",
    .doc = "Inverse hyperbolic tangent: y = ln((1 + x) / (1 - x)) / 2; NaN outside [-1, 1].",
    .dtypes = kFloatTypes,
    .make = Floats<[](auto x) { return std::atanh(x); }>,
    .cost = 24,
    .vjp = AtanhVjp,
    .lo = -0.7,
    .hi = 0.7};
const OpDef& ops::AtanhOp() { return Def<kAtanh>(); }
Value Atanh(Operand x) { return AddNode(ops::AtanhOp(), {x}); }

}  // namespace dagrad
