#ifndef DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_H_
#define DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/elementwise/neg/neg.h"

// Arithmetic of two values of one dtype (any but bool) with NumPy's
// broadcasting: shapes are aligned at the right, and each pair of dimensions is equal or one of
// them is 1. One operand may be a number, which becomes a constant of the other's dtype, and must
// be one of its elements. Shapes that do not broadcast fail with <op>_c1; two numbers make no node.
//
// Integers wrap around (two's complement). Where a gradient is given, the driver sums it over the
// axes that were repeated.
namespace dagrad {

// y[i] = a[i] + b[i].  ā = ȳ, b̄ = ȳ.
Value Add(Operand a, Operand b);
// y[i] = a[i] - b[i].  ā = ȳ, b̄ = -ȳ.
Value Sub(Operand a, Operand b);
// y[i] = a[i] · b[i].  ā = ȳ·b, b̄ = ȳ·a.
Value Mul(Operand a, Operand b);
// y[i] = a[i] / b[i].  ā = ȳ/b, b̄ = -ȳ·y/b. Floats as IEEE 754. Integers truncate toward zero as in
// C++; division by 0 gives 0, and the least integer divided by -1 gives itself: neither traps.
Value Div(Operand a, Operand b);
// y[i] = a[i] - ⌊a[i]/b[i]⌋·b[i], the remainder with b's sign (Python's %, numpy.mod).  ā = ȳ, b̄ =
// -ȳ·⌊a/b⌋. By 0: NaN for floats, 0 for integers.
Value FloorMod(Operand a, Operand b);
// y[i] = max(a[i], b[i]); NaN if either is; of zeros of both signs it may be either.  ȳ goes to the
// greater one, and where both are equal half of it to each (as PyTorch and JAX do); where one is
// NaN all of it to both (as PyTorch).
Value Maximum(Operand a, Operand b);
// y[i] = min(a[i], b[i]), the same way.
Value Minimum(Operand a, Operand b);
// min(max(x, lo), hi): nodes of Maximum and Minimum.  ȳ goes to x where lo <= x <= hi, bounds
// included, and to the bound that x is beyond; nowhere where x is NaN (all as PyTorch's clamp).
// Where lo > hi, y is hi.
Value Clip(Operand x, Operand lo, Operand hi);
// Its halves: max(x, lo) and min(x, hi), with ȳ to x at the bound (PyTorch's clamp_min, clamp_max).
Value ClipMin(Operand x, Operand lo);
Value ClipMax(Operand x, Operand hi);

// Found by argument-dependent lookup: x * 2 + b.
inline Value operator+(Operand a, Operand b) { return Add(a, b); }
inline Value operator-(Operand a, Operand b) { return Sub(a, b); }
inline Value operator*(Operand a, Operand b) { return Mul(a, b); }
inline Value operator/(Operand a, Operand b) { return Div(a, b); }

namespace ops {
const OpDef& AddOp();
const OpDef& SubOp();
const OpDef& MulOp();
const OpDef& DivOp();
const OpDef& FloorModOp();
const OpDef& MaximumOp();  // attribute ties_to_a (bool): where a = b all of ȳ goes to a
const OpDef& MinimumOp();  // the same
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_H_
