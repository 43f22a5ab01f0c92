#ifndef DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_H_
#define DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

// The bits of integers, with NumPy's broadcasting; a and b are of one integer dtype, and one of
// them may be a number. No gradient flows. Shapes that do not broadcast fail with <op>_c1.
namespace dagrad {

Value BitwiseAnd(Operand a, Operand b);  // a & b
Value BitwiseOr(Operand a, Operand b);   // a | b
Value BitwiseXor(Operand a, Operand b);  // a ^ b
Value BitwiseNot(Operand x);             // ~x
// a · 2^b, the low bits of it: 0 from b = the number of bits on, and for b < 0.
Value ShiftLeft(Operand a, Operand b);
// ⌊a / 2^b⌋, the sign kept; by more bits than there are 0, or -1 for negative numbers, and for b <
// 0.
Value ShiftRight(Operand a, Operand b);

namespace ops {
const OpDef& BitwiseAndOp();
const OpDef& BitwiseOrOp();
const OpDef& BitwiseXorOp();
const OpDef& BitwiseNotOp();
const OpDef& ShiftLeftOp();
const OpDef& ShiftRightOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_H_
