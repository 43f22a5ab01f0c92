#ifndef DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_H_
#define DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

// y[i] = a[i] ∧ b[i], a[i] ∨ b[i], a[i] ⊕ b[i] and ¬x[i] on bools, with NumPy's broadcasting; one
// of a and b may be the number 0 or 1. No gradient flows. Shapes that do not broadcast fail with
// <op>_c1.
namespace dagrad {

Value LogicalAnd(Operand a, Operand b);
Value LogicalOr(Operand a, Operand b);
Value LogicalXor(Operand a, Operand b);
Value LogicalNot(Operand x);

namespace ops {
const OpDef& LogicalAndOp();
const OpDef& LogicalOrOp();
const OpDef& LogicalXorOp();
const OpDef& LogicalNotOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_H_
