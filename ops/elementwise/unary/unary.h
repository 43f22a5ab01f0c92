#ifndef DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_H_
#define DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/elementwise/neg/neg.h"

// Functions of one value, element by element: y[i] = f(x[i]), shape as x, dtype as x (bool for the
// predicates). Floats unless integers are named; outside its domain a function
// gives NaN, as C's <cmath> does, and NaN gives NaN. x̄ is the cotangent of x for the cotangent ȳ of
// y.
namespace dagrad {

// Of any number type; |x| of the least integer is itself, products wrap around.
Value Abs(Operand x);     // |x|.  x̄ = ȳ·sign(x), so 0 at 0
Value Sign(Operand x);    // -1, 0 or 1 (0 for -0 too).  No gradient flows
Value Square(Operand x);  // x².  x̄ = 2·x·ȳ
Value Relu(Operand x);    // max(x, 0).  x̄ = 0 where x <= 0, so at 0 too, else ȳ
Value Relu6(Operand x);   // min(max(x, 0), 6).  x̄ = 0 where x <= 0 or x >= 6, else ȳ

// Exponentials and logarithms.
Value Exp(Operand x);    // e^x.  x̄ = ȳ·y
Value Expm1(Operand x);  // e^x - 1 without cancellation near 0.  x̄ = ȳ·e^x
Value Log(Operand x);    // ln x; -∞ at 0.  x̄ = ȳ/x
Value Log1p(Operand x);  // ln(1 + x) without cancellation near 0.  x̄ = ȳ/(1 + x)

// Powers.
Value Sqrt(Operand x);        // √x.  x̄ = ȳ/(2y)
Value Rsqrt(Operand x);       // 1/√x.  x̄ = -ȳ·y/(2x)
Value Reciprocal(Operand x);  // 1/x.  x̄ = -ȳ·y²
// (a - b)² with broadcasting: Square(Sub(a, b)).
Value SquaredDifference(Operand a, Operand b);

// Trigonometry and hyperbolas; angles in radians.
Value Sin(Operand x);    // x̄ = ȳ·cos x
Value Cos(Operand x);    // x̄ = -ȳ·sin x
Value Tan(Operand x);    // x̄ = ȳ·(1 + y²)
Value Asin(Operand x);   // x̄ = ȳ/√(1 - x²)
Value Acos(Operand x);   // x̄ = -ȳ/√(1 - x²)
Value Atan(Operand x);   // x̄ = ȳ/(1 + x²)
Value Sinh(Operand x);   // x̄ = ȳ·cosh x
Value Cosh(Operand x);   // x̄ = ȳ·sinh x
Value Tanh(Operand x);   // x̄ = ȳ·(1 - y²)
Value Asinh(Operand x);  // x̄ = ȳ/√(x² + 1)
Value Acosh(Operand x);  // x̄ = ȳ/√(x² - 1)
Value Atanh(Operand x);  // x̄ = ȳ/(1 - x²)

// Smooth steps and their integrals, in forms that neither overflow nor cancel.
Value Sigmoid(Operand x);   // 1/(1 + e^-x).  x̄ = ȳ·y·(1 - y)
Value Softplus(Operand x);  // ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).  x̄ = ȳ·sigmoid(x)
Value Softsign(Operand x);  // x/(1 + |x|), ±1 at ±∞.  x̄ = ȳ/(1 + |x|)²
Value Erf(Operand x);       // 2/√π ∫₀ˣ e^-t² dt.  x̄ = ȳ·2/√π·e^-x²

// With a parameter, attribute "alpha" (any number).
Value LeakyRelu(
    Operand x, double alpha = 0.2);  // x where x > 0, else alpha·x.  x̄ = ȳ or alpha·ȳ; alpha·ȳ at 0
Value Elu(Operand x,
          double alpha = 1.0);  // x where x > 0, else alpha·(e^x - 1).  x̄ = ȳ or ȳ·alpha·e^x

// Steps: no gradient flows.
Value Floor(Operand x);  // ⌊x⌋
Value Ceil(Operand x);   // ⌈x⌉
Value Round(Operand x);  // the nearest integer, of two the even one

// Predicates: bool, no gradient.
Value IsNan(Operand x);
Value IsInf(Operand x);
Value IsFinite(Operand x);

namespace ops {
const OpDef& AbsOp();
const OpDef& SignOp();
const OpDef& SquareOp();
const OpDef& ReluOp();
const OpDef& Relu6Op();
const OpDef& ExpOp();
const OpDef& Expm1Op();
const OpDef& LogOp();
const OpDef& Log1pOp();
const OpDef& SqrtOp();
const OpDef& RsqrtOp();
const OpDef& ReciprocalOp();
const OpDef& SinOp();
const OpDef& CosOp();
const OpDef& TanOp();
const OpDef& AsinOp();
const OpDef& AcosOp();
const OpDef& AtanOp();
const OpDef& SinhOp();
const OpDef& CoshOp();
const OpDef& TanhOp();
const OpDef& AsinhOp();
const OpDef& AcoshOp();
const OpDef& AtanhOp();
const OpDef& SigmoidOp();
const OpDef& SoftplusOp();
const OpDef& SoftsignOp();
const OpDef& ErfOp();
const OpDef& LeakyReluOp();  // attribute alpha (float)
const OpDef& EluOp();        // attribute alpha (float)
const OpDef& FloorOp();
const OpDef& CeilOp();
const OpDef& RoundOp();
const OpDef& IsNanOp();
const OpDef& IsInfOp();
const OpDef& IsFiniteOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_H_
