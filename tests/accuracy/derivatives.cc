#include "dagrad/tests/accuracy/derivatives.h"

#include <cmath>

#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/activation/activation.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/tests/accuracy/functions.h"

namespace dagrad::tests {
namespace {

using Real = long double;

constexpr Real kTwoOverRootPi = 1.12837916709551257389615890312154L;
constexpr Real kSeluScale = 1.0507009873554804934193349852946L;
constexpr Real kSeluAlpha = 1.6732632423543772848170429916717L;

Real Squared(Real x) { return x * x; }

// 1/(1 - x²), 1/(x² - 1)
Real Circle(Real x) { return 1 / ((1 - x) * (1 + x)); }
Real Hyperbola(Real x) { return 1 / ((x - 1) * (x + 1)); }

Real MishSlope(Real x) {
  const Real s = SoftplusOf(x);
  return std::tanh(s) + x * SigmoidOf(x) / Squared(std::cosh(s));
}

Real HardSigmoidOf(Real x) { return std::fmin(std::fmax(x + 3, 0), 6) / 6; }

const Derivative kDerivatives[] = {
    {"Abs", [](Value x) { return Abs(x); }, [](Real x) { return Real(x > 0) - Real(x < 0); }},
    {"Acos", [](Value x) { return Acos(x); }, [](Real x) { return -std::sqrt(Circle(x)); }},
    {"Acosh", [](Value x) { return Acosh(x); }, [](Real x) { return std::sqrt(Hyperbola(x)); }},
    {"Asin", [](Value x) { return Asin(x); }, [](Real x) { return std::sqrt(Circle(x)); }},
    {"Asinh", [](Value x) { return Asinh(x); }, [](Real x) { return 1 / std::sqrt(x * x + 1); }},
    {"Atan", [](Value x) { return Atan(x); }, [](Real x) { return 1 / (x * x + 1); }},
    {"Atanh", [](Value x) { return Atanh(x); }, Circle},
    {"Cos", [](Value x) { return Cos(x); }, [](Real x) { return -std::sin(x); }},
    {"Cosh", [](Value x) { return Cosh(x); }, [](Real x) { return std::sinh(x); }},
    {"Elu", [](Value x) { return Elu(x, kAlpha); },
     [](Real x) { return x > 0 ? 1 : kAlpha * std::exp(x); }},
    {"Erf", [](Value x) { return Erf(x); },
     [](Real x) { return kTwoOverRootPi * std::exp(-x * x); }},
    {"Exp", [](Value x) { return Exp(x); }, [](Real x) { return std::exp(x); }},
    {"Expm1", [](Value x) { return Expm1(x); }, [](Real x) { return std::exp(x); }},
    {"Exponential", [](Value x) { return Exponential(x); }, [](Real x) { return std::exp(x); },
     [](Real x) { return std::exp(x); }},
    {"Gelu", [](Value x) { return Gelu(x); }, GeluSlope},
    {"Gelu (tanh)", [](Value x) { return Gelu(x, {.approximate = true}); }, TanhGeluSlope},
    {"HardSigmoid", [](Value x) { return HardSigmoid(x); },
     [](Real x) { return x > -3 && x < 3 ? 1.0L / 6 : 0; }, HardSigmoidOf},
    {"HardSilu", [](Value x) { return HardSilu(x); },
     [](Real x) { return x <= -3  ? 0
                         : x >= 3 ? 1
                                  : (2 * x + 3) / 6; },
     [](Real x) { return x * HardSigmoidOf(x); }},
    {"HardTanh", [](Value x) { return HardTanh(x); }, [](Real x) { return Real(std::abs(x) < 1); },
     [](Real x) { return std::fmin(std::fmax(x, -1), 1); }},
    {"LeakyRelu", [](Value x) { return LeakyRelu(x, kAlpha); },
     [](Real x) { return x > 0 ? Real{1} : kAlpha; }},
    {"Log", [](Value x) { return Log(x); }, [](Real x) { return 1 / x; }},
    {"Log1p", [](Value x) { return Log1p(x); }, [](Real x) { return 1 / (1 + x); }},
    {"LogSigmoid", [](Value x) { return LogSigmoid(x); }, [](Real x) { return SigmoidOf(-x); },
     [](Real x) { return -SoftplusOf(-x); }},
    {"Mish", [](Value x) { return Mish(x); }, MishSlope,
     [](Real x) { return x * std::tanh(SoftplusOf(x)); }},
    {"Neg", [](Value x) { return Neg(x); }, [](Real) { return -1.0L; }},
    {"Reciprocal", [](Value x) { return Reciprocal(x); }, [](Real x) { return -1 / (x * x); }},
    {"Relu", [](Value x) { return Relu(x); }, [](Real x) { return Real(x > 0); }},
    {"Relu6", [](Value x) { return Relu6(x); }, [](Real x) { return Real(x > 0 && x < 6); }},
    {"Rsqrt", [](Value x) { return Rsqrt(x); }, [](Real x) { return -0.5L / (x * std::sqrt(x)); }},
    {"Selu", [](Value x) { return Selu(x); },
     [](Real x) { return kSeluScale * (x > 0 ? 1 : kSeluAlpha * std::exp(x)); },
     [](Real x) { return kSeluScale * (x > 0 ? x : kSeluAlpha * std::expm1(x)); }},
    {"Sigmoid", [](Value x) { return Sigmoid(x); },
     [](Real x) { return SigmoidOf(x) * SigmoidOf(-x); }},
    {"Silu", [](Value x) { return Silu(x); },
     [](Real x) { return SigmoidOf(x) + x * SigmoidOf(x) * SigmoidOf(-x); },
     [](Real x) { return x * SigmoidOf(x); }},
    {"Sin", [](Value x) { return Sin(x); }, [](Real x) { return std::cos(x); }},
    {"Sinh", [](Value x) { return Sinh(x); }, [](Real x) { return std::cosh(x); }},
    {"Softplus", [](Value x) { return Softplus(x); }, SigmoidOf},
    {"Softsign", [](Value x) { return Softsign(x); },
     [](Real x) { return 1 / Squared(1 + std::abs(x)); }},
    {"Sqrt", [](Value x) { return Sqrt(x); }, [](Real x) { return 0.5L / std::sqrt(x); }},
    {"Square", [](Value x) { return Square(x); }, [](Real x) { return 2 * x; }},
    {"Tan", [](Value x) { return Tan(x); }, [](Real x) { return 1 / Squared(std::cos(x)); }},
    {"Tanh", [](Value x) { return Tanh(x); }, [](Real x) { return 1 / Squared(std::cosh(x)); }},
    {"TanhShrink", [](Value x) { return TanhShrink(x); },
     [](Real x) { return Squared(std::tanh(x)); }, [](Real x) { return x - std::tanh(x); }},
};

}  // namespace

absl::Span<const Derivative> Derivatives() { return kDerivatives; }

}  // namespace dagrad::tests
