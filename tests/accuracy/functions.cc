#include "dagrad/tests/accuracy/functions.h"

#include <cmath>
#include <limits>

namespace dagrad::tests {
namespace {

using Real = long double;

constexpr Real kInf = std::numeric_limits<Real>::infinity();
constexpr Real kRootHalf = 0.707106781186547524400844362104849L;
constexpr Real kRootTwoOverPi = 0.797884560802865355879892119868764L;
constexpr Real kCubic = 0.044715L;

}  // namespace

Real SigmoidOf(Real x) {
  const Real e = std::exp(-std::abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

Real SoftplusOf(Real x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }

Real GeluSlope(Real x) {
  if (std::abs(x) > 200) return x > 0 ? 1 : 0;
  return std::erfc(-x * kRootHalf) / 2 + x * std::exp(-x * x / 2) * kRootTwoOverPi / 2;
}

Real TanhGeluSlope(Real x) {
  if (std::abs(x) > 200) return x > 0 ? 1 : 0;
  const Real u = kRootTwoOverPi * (x + kCubic * x * x * x);
  const Real s = SigmoidOf(2 * u), rest = SigmoidOf(-2 * u);
  return s + x * s * rest * 2 * kRootTwoOverPi * (1 + 3 * kCubic * x * x);
}

namespace {

Real SignOf(Real x) { return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x; }

Real GeluOf(Real x) {
  if (std::abs(x) > 200) return x > 0 ? x : -0.0L;
  return x * std::erfc(-x * kRootHalf) / 2;
}

Real TanhGeluOf(Real x) {
  if (std::abs(x) > 200) return x > 0 ? x : -0.0L;
  return x * SigmoidOf(2 * kRootTwoOverPi * (x + kCubic * x * x * x));
}

Real FloorModOf(Real a, Real b) {
  const Real r = std::fmod(a, b);
  if (r == 0) return std::copysign(r, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

Real CrossEntropyOf(Real x, Real z) {
  const Real miss = x >= 0 ? 1 - z : z;
  return (miss == 0 ? 0 : std::abs(x) * miss) + std::log1p(std::exp(-std::abs(x)));
}

const FloatFunction kFunctions[] = {
    {"Abs", 1, [](Real x, Real) { return std::abs(x); }},
    {"Acos", 1, [](Real x, Real) { return std::acos(x); }},
    {"Acosh", 1, [](Real x, Real) { return std::acosh(x); }},
    {"Add", 2, [](Real a, Real b) { return a + b; }},
    {"Asin", 1, [](Real x, Real) { return std::asin(x); }},
    {"Asinh", 1, [](Real x, Real) { return std::asinh(x); }},
    {"Atan", 1, [](Real x, Real) { return std::atan(x); }},
    {"Atanh", 1, [](Real x, Real) { return std::atanh(x); }},
    {"Ceil", 1, [](Real x, Real) { return std::ceil(x); }},
    {"Cos", 1, [](Real x, Real) { return std::cos(x); }},
    {"Cosh", 1, [](Real x, Real) { return std::cosh(x); }},
    {"Div", 2, [](Real a, Real b) { return a / b; }},
    {"Elu", 1, [](Real x, Real) { return x <= 0 ? Real{kAlpha} * std::expm1(x) : x; }},
    {"Erf", 1, [](Real x, Real) { return std::erf(x); }},
    {"Exp", 1, [](Real x, Real) { return std::exp(x); }},
    {"Expm1", 1, [](Real x, Real) { return std::expm1(x); }},
    {"Floor", 1, [](Real x, Real) { return std::floor(x); }},
    {"FloorMod", 2, FloorModOf},
    {"Gelu", 1, [](Real x, Real) { return GeluOf(x); }},
    {"Gelu", 1, [](Real x, Real) { return TanhGeluOf(x); }, "tanh"},
    {"GeluGrad", 1, [](Real x, Real) { return GeluSlope(x); }, "", true},
    {"GeluGrad", 1, [](Real x, Real) { return TanhGeluSlope(x); }, "tanh", true},
    {"LeakyRelu", 1, [](Real x, Real) { return x <= 0 ? Real{kAlpha} * x : x; }},
    {"Log", 1, [](Real x, Real) { return x == 0 ? -kInf : std::log(x); }},
    {"Log1p", 1, [](Real x, Real) { return std::log1p(x); }},
    {"Maximum", 2, [](Real a, Real b) { return a > b    ? a
                                               : a <= b ? b
                                                        : a + b; }},
    {"Minimum", 2, [](Real a, Real b) { return a < b    ? a
                                               : a >= b ? b
                                                        : a + b; }},
    {"Mul", 2, [](Real a, Real b) { return a * b; }},
    {"Neg", 1, [](Real x, Real) { return -x; }},
    {"Pow", 2, [](Real a, Real b) { return std::pow(a, b); }},
    {"Reciprocal", 1, [](Real x, Real) { return 1 / x; }},
    {"Relu", 1, [](Real x, Real) { return x <= 0 ? 0 : x; }},
    {"Relu6", 1, [](Real x, Real) { return x < 0   ? 0
                                           : x > 6 ? 6
                                                   : x; }},
    {"ReluGrad", 2, [](Real y, Real dy) { return y <= 0 ? 0 : dy; }, "relu"},
    {"ReluGrad", 2, [](Real y, Real dy) { return y <= 0 || y >= 6 ? 0 : dy; }, "relu6"},
    {"Round", 1, [](Real x, Real) { return std::rint(x); }},
    {"Rsqrt", 1, [](Real x, Real) { return 1 / std::sqrt(x); }},
    {"Sigmoid", 1, [](Real x, Real) { return SigmoidOf(x); }},
    {"SigmoidCrossEntropy", 2, CrossEntropyOf, "", true},
    {"Sign", 1, [](Real x, Real) { return SignOf(x); }},
    {"Sin", 1, [](Real x, Real) { return std::sin(x); }},
    {"Sinh", 1, [](Real x, Real) { return std::sinh(x); }},
    {"Softplus", 1, [](Real x, Real) { return SoftplusOf(x); }},
    {"Softsign", 1,
     [](Real x, Real) { return std::isinf(x) ? std::copysign(1, x) : x / (1 + std::abs(x)); }},
    {"Sqrt", 1, [](Real x, Real) { return std::sqrt(x); }},
    {"Square", 1, [](Real x, Real) { return x * x; }},
    {"Sub", 2, [](Real a, Real b) { return a - b; }},
    {"Tan", 1, [](Real x, Real) { return std::tan(x); }},
    {"Tanh", 1, [](Real x, Real) { return std::tanh(x); }},
};

}  // namespace

absl::Span<const FloatFunction> FloatFunctions() { return kFunctions; }

}  // namespace dagrad::tests
