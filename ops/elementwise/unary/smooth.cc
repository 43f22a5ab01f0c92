// Smooth steps and their integrals, and rectifiers with a parameter.
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

// e^-|x| never overflows.
double SigmoidOf(double x) {
  const double e = std::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

double SoftplusOf(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }

double SoftsignOf(double x) {
  return std::isinf(x) ? std::copysign(1.0, x) : x / (1 + std::abs(x));
}

}  // namespace

// σ = 1/(1 + e^-x): σ' = e^-x·σ² = σ·(1 - σ).
static Value SigmoidVjp(const Point& p) { return p.dy * (p.y * (1.0 - p.y)); }
constexpr Entry kSigmoid = {.name = "Sigmoid",
                            .label = "sigmoid",
                            .doc = "Logistic function: y = 1 / (1 + e^-x).",
                            .dtypes = kFloatTypes,
                            .make = Floats<[](auto x) { return SigmoidOf(x); }>,
                            .cost = 12,
                            .simd = UnaryFunction::kSigmoid,
                            .vjp = SigmoidVjp,
                            .lo = -4,
                            .hi = 4};
const OpDef& ops::SigmoidOp() { return Def<kSigmoid>(); }
Value Sigmoid(Operand x) { return AddNode(ops::SigmoidOp(), {x}); }

// ln(1 + e^x)' = e^x/(1 + e^x) = σ(x).
static Value SoftplusVjp(const Point& p) { return p.dy * Sigmoid(p.x); }
constexpr Entry kSoftplus = {.name = "Softplus",
                             .label = "softplus",
                             .doc = "Smooth rectifier: y = ln(1 + e^x), without overflow.",
                             .dtypes = kFloatTypes,
                             .make = Floats<[](auto x) { return SoftplusOf(x); }>,
                             .cost = 20,
                             .simd = UnaryFunction::kSoftplus,
                             .vjp = SoftplusVjp,
                             .lo = -4,
                             .hi = 4};
const OpDef& ops::SoftplusOp() { return Def<kSoftplus>(); }
Value Softplus(Operand x) { return AddNode(ops::SoftplusOp(), {x}); }

// (x/(1 + |x|))' = (1 + |x| - |x|)/(1 + |x|)².
static Value SoftsignVjp(const Point& p) { return p.dy * Square(Reciprocal(Abs(p.x) + 1.0)); }
constexpr Entry kSoftsign = {.name = "Softsign",
                             .label = "softsign",
                             .doc = "Soft sign: y = x / (1 + |x|), ±1 at ±inf.",
                             .dtypes = kFloatTypes,
                             .make = Floats<[](auto x) { return SoftsignOf(x); }>,
                             .cost = 3,
                             .simd = UnaryFunction::kSoftsign,
                             .vjp = SoftsignVjp,
                             .lo = 0.1,
                             .hi = 4};
const OpDef& ops::SoftsignOp() { return Def<kSoftsign>(); }
Value Softsign(Operand x) { return AddNode(ops::SoftsignOp(), {x}); }

// By its definition as an integral: erf' = 2/√π·e^-x².
static Value ErfVjp(const Point& p) {
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  return p.dy * (Exp(-Square(p.x)) * kTwoOverRootPi);
}
constexpr Entry kErf = {.name = "Erf",
                        .label = "erf",
                        .doc = "Error function: y = 2/√π ∫₀ˣ e^-t² dt.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::erf(x); }>,
                        .cost = 20,
                        .simd = UnaryFunction::kErf,
                        .vjp = ErfVjp,
                        .lo = -3,
                        .hi = 3};
const OpDef& ops::ErfOp() { return Def<kErf>(); }
Value Erf(Operand x) { return AddNode(ops::ErfOp(), {x}); }

// 1 where x > 0, else alpha.
static Value LeakyReluVjp(const Point& p) {
  return Select(Greater(p.x, 0.0), p.dy, p.dy * p.alpha);
}
constexpr Entry kLeakyRelu = {
    .name = "LeakyRelu",
    .label = "leaky_relu",
    .doc = "Leaky rectified linear unit: y = x where x > 0, else alpha x.",
    .dtypes = kFloatTypes,
    .make = WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * x : x; }>,
    .cost = 1,
    .simd = UnaryFunction::kLeakyRelu,
    .vjp = LeakyReluVjp,
    .lo = -2,
    .hi = -0.1,
    .has_alpha = true};
const OpDef& ops::LeakyReluOp() { return Def<kLeakyRelu>(); }
Value LeakyRelu(Operand x, double alpha) {
  return AddNode(ops::LeakyReluOp(), {x}, {{"alpha", alpha}});
}

// 1 where x > 0, else alpha·e^x, not y + alpha, which cancels. Where e^x is not taken, it is that
// of 0, which is finite.
static Value EluVjp(const Point& p) {
  const Value is_positive = Greater(p.x, 0.0);
  const Value below = Exp(Select(is_positive, 0.0, p.x)) * p.alpha;
  return p.dy * Select(is_positive, 1.0, below);
}
constexpr Entry kElu = {
    .name = "Elu",
    .label = "elu",
    .doc = "Exponential linear unit: y = x where x > 0, else alpha (e^x - 1).",
    .dtypes = kFloatTypes,
    .make = WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * std::expm1(x) : x; }>,
    .cost = 12,
    .simd = UnaryFunction::kElu,
    .vjp = EluVjp,
    .lo = -3,
    .hi = -0.1,
    .has_alpha = true};
const OpDef& ops::EluOp() { return Def<kElu>(); }
Value Elu(Operand x, double alpha) { return AddNode(ops::EluOp(), {x}, {{"alpha", alpha}}); }

}  // namespace dagrad
