#ifndef DAGRAD_OPS_ELEMENTWISE_POWER_POWER_H_
#define DAGRAD_OPS_ELEMENTWISE_POWER_POWER_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i] = a[i]^b[i] of two values of one dtype, all but bool, with NumPy's broadcasting; one of them
// may be a number. Floats are C's pow: a negative base with a fractional exponent gives NaN,
// anything to the power 0 is 1. Integers are powers modulo 2^bits; a negative exponent truncates
// 1/a^-b toward zero, which leaves 0 but for the bases 1 and -1 (0 to a negative power is 0 too).
// Shapes that do not broadcast fail with pow_c1. Gradient: ā = ȳ·b·a^(b-1), 0 where b = 0, whatever
// a is; b̄ = ȳ·y·ln a, 0 where a <= 0. Second derivatives are those of these formulas; the mixed
// one, ∂²y/∂a∂b, is 1/a where b = 0, and 0 where 1/a is not finite.
Value Pow(Operand a, Operand b);

namespace ops {
const OpDef& PowOp();  // "Pow"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_POWER_POWER_H_
