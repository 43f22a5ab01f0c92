#include "dagrad/ops/binary/binary.h"
#include "dagrad/ops/compare/compare.h"
#include "dagrad/ops/relu_grad/relu_grad.h"
#include "dagrad/ops/select/select.h"
#include "dagrad/ops/unary/unary.h"
#include "dagrad/ops/unary/unary_internal.h"

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

// (e^x - 1)' = e^x.
Value Expm1Vjp(const Point& p) { return p.dy * (p.y + 1.0); }

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

// sin y = x, so y' = 1/cos y = 1/√(1 - x²).
Value AsinVjp(const Point& p) { return p.dy / Sqrt(1.0 - Square(p.x)); }

// acos x = π/2 - asin x.
Value AcosVjp(const Point& p) { return -(p.dy / Sqrt(1.0 - Square(p.x))); }

// tan y = x, so y' = 1/(1 + tan² y) = 1/(1 + x²).
Value AtanVjp(const Point& p) { return p.dy / (Square(p.x) + 1.0); }

// sinh' = cosh.
Value SinhVjp(const Point& p) { return p.dy * Cosh(p.x); }

// cosh' = sinh.
Value CoshVjp(const Point& p) { return p.dy * Sinh(p.x); }

// tanh' = 1 - tanh².
Value TanhVjp(const Point& p) { return p.dy * (1.0 - Square(p.y)); }

// sinh y = x, so y' = 1/cosh y = 1/√(x² + 1).
Value AsinhVjp(const Point& p) { return p.dy / Sqrt(Square(p.x) + 1.0); }

// cosh y = x, so y' = 1/sinh y = 1/√(x² - 1).
Value AcoshVjp(const Point& p) { return p.dy / Sqrt(Square(p.x) - 1.0); }

// tanh y = x, so y' = 1/(1 - tanh² y) = 1/(1 - x²).
Value AtanhVjp(const Point& p) { return p.dy / (1.0 - Square(p.x)); }

// σ = 1/(1 + e^-x): σ' = e^-x·σ² = σ·(1 - σ).
Value SigmoidVjp(const Point& p) { return p.dy * (p.y * (1.0 - p.y)); }

// ln(1 + e^x)' = e^x/(1 + e^x) = σ(x).
Value SoftplusVjp(const Point& p) { return p.dy * Sigmoid(p.x); }

// By its definition as an integral: erf' = 2/√π·e^-x².
Value ErfVjp(const Point& p) {
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  return p.dy * (Exp(-Square(p.x)) * kTwoOverRootPi);
}

// 1 where x > 0, else alpha.
Value LeakyReluVjp(const Point& p) { return Select(Greater(p.x, 0.0), p.dy, p.dy * p.alpha); }

// 1 where x > 0, else alpha·e^x = y + alpha.
Value EluVjp(const Point& p) { return Select(Greater(p.x, 0.0), p.dy, p.dy * (p.y + p.alpha)); }

}  // namespace dagrad::ops::unary_internal
