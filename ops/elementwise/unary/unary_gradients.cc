#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"
#include "dagrad/ops/nn/relu_grad/relu_grad.h"

// x̄ = ȳ·f'(x), with f' written in y = f(x) where that is cheaper: then x need not be kept.
namespace dagrad::ops::unary_internal {

// |x|' = x/|x|; at 0 the middle of the subgradients [-1, 1].
Value AbsVjp(const Point& p) { return p.dy * Sign(p.x); }

// (x²)' = 2x.
Value SquareVjp(const Point& p) { return p.dy * (p.x * 2.0); }

// max(x, 0)' = [x > 0], and x > 0 exactly where y > 0. NaN passes ȳ on, as it is passed on itself.
Value ReluVjp(const Point& p) { return ReluGrad(p.y, p.dy, "relu"); }

// min(max(x, 0), 6)' = [0 < x < 6], and y = x there.
Value Relu6Vjp(const Point& p) { return ReluGrad(p.y, p.dy, "relu6"); }

// (e^x)' = e^x.
Value ExpVjp(const Point& p) { return p.dy * p.y; }

// (e^x - 1)' = e^x, not y + 1: that cancels where y is near -1.
Value Expm1Vjp(const Point& p) { return p.dy * Exp(p.x); }

// (ln x)' = 1/x.
Value LogVjp(const Point& p) { return p.dy / p.x; }

// ln(1 + x)' = 1/(1 + x).
Value Log1pVjp(const Point& p) { return p.dy / (p.x + 1.0); }

// y² = x, so 2y·y' = 1.
Value SqrtVjp(const Point& p) { return p.dy * 0.5 / p.y; }

// y = x^-½, so y' = -½·x^-3/2 = -½·y/x.
Value RsqrtVjp(const Point& p) { return p.dy * -0.5 * p.y / p.x; }

// (1/x)' = -1/x² = -y².
Value ReciprocalVjp(const Point& p) { return -(p.dy * Square(p.y)); }

// sin' = cos.
Value SinVjp(const Point& p) { return p.dy * Cos(p.x); }

// cos' = -sin.
Value CosVjp(const Point& p) { return -(p.dy * Sin(p.x)); }

// tan' = 1/cos² = 1 + tan².
Value TanVjp(const Point& p) { return p.dy * (Square(p.y) + 1.0); }

namespace {

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

// sin y = x, so y' = 1/cos y = 1/√(1 - x²).
Value AsinVjp(const Point& p) { return p.dy / Sqrt(OneMinusSquare(p.x)); }

// acos x = π/2 - asin x.
Value AcosVjp(const Point& p) { return -(p.dy / Sqrt(OneMinusSquare(p.x))); }

// tan y = x, so y' = 1/(1 + tan² y) = 1/(1 + x²).
Value AtanVjp(const Point& p) { return p.dy / (Square(p.x) + 1.0); }

// sinh' = cosh.
Value SinhVjp(const Point& p) { return p.dy * Cosh(p.x); }

// cosh' = sinh.
Value CoshVjp(const Point& p) { return p.dy * Sinh(p.x); }

// tanh' = 1 - tanh².
Value TanhVjp(const Point& p) { return p.dy * (1.0 - Square(p.y)); }

// sinh y = x, so y' = 1/cosh y = 1/√(x² + 1), which is 1/|x| where x is large.
Value AsinhVjp(const Point& p) {
  const Value a = Abs(p.x);
  const Value root = Sqrt(Square(Minimum(a, kLarge)) + 1.0);
  return p.dy / Select(Greater(a, kLarge), a, root);
}

// cosh y = x, so y' = 1/sinh y = 1/√(x² - 1), which is 1/x where x is large.
Value AcoshVjp(const Point& p) {
  const Value root = Sqrt(SquareMinusOne(Minimum(p.x, kLarge)));
  return p.dy / Select(Greater(p.x, kLarge), p.x, root);
}

// tanh y = x, so y' = 1/(1 - tanh² y) = 1/(1 - x²).
Value AtanhVjp(const Point& p) { return p.dy / OneMinusSquare(p.x); }

// σ = 1/(1 + e^-x): σ' = e^-x·σ² = σ·(1 - σ).
Value SigmoidVjp(const Point& p) { return p.dy * (p.y * (1.0 - p.y)); }

// ln(1 + e^x)' = e^x/(1 + e^x) = σ(x).
Value SoftplusVjp(const Point& p) { return p.dy * Sigmoid(p.x); }

// (x/(1 + |x|))' = (1 + |x| - |x|)/(1 + |x|)².
Value SoftsignVjp(const Point& p) { return p.dy * Square(Reciprocal(Abs(p.x) + 1.0)); }

// By its definition as an integral: erf' = 2/√π·e^-x².
Value ErfVjp(const Point& p) {
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  return p.dy * (Exp(-Square(p.x)) * kTwoOverRootPi);
}

// 1 where x > 0, else alpha.
Value LeakyReluVjp(const Point& p) { return Select(Greater(p.x, 0.0), p.dy, p.dy * p.alpha); }

// 1 where x > 0, else alpha·e^x, not y + alpha, which cancels. Where e^x is not taken, it is that
// of 0, which is finite.
Value EluVjp(const Point& p) {
  const Value is_positive = Greater(p.x, 0.0);
  const Value below = Exp(Select(is_positive, 0.0, p.x)) * p.alpha;
  return p.dy * Select(is_positive, 1.0, below);
}

}  // namespace dagrad::ops::unary_internal
