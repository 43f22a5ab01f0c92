#ifndef DAGRAD_OPS_ELEMENTWISE_NEG_NEG_H_
#define DAGRAD_OPS_ELEMENTWISE_NEG_NEG_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i] = -x[i] of floats and signed integers; the least integer is its own negative. Gradient:
// x̄ = -ȳ.
Value Neg(Operand x);
inline Value operator-(Operand x) { return Neg(x); }

namespace ops {
const OpDef& NegOp();  // "Neg"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_NEG_NEG_H_
