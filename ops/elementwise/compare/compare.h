#ifndef DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_H_
#define DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

// y[i] = a[i] <relation> b[i], bool, with NumPy's broadcasting; a and b are of one dtype, and one
// of them may be a number. As IEEE 754 has it, every comparison with NaN is false but NotEqual,
// which is true, and 0 equals -0. Equal and NotEqual take every dtype, the others all but bool. No
// gradient flows. Shapes that do not broadcast fail with <op>_c1.
namespace dagrad {

Value Equal(Operand a, Operand b);
Value NotEqual(Operand a, Operand b);
Value Less(Operand a, Operand b);
Value LessEqual(Operand a, Operand b);
Value Greater(Operand a, Operand b);
Value GreaterEqual(Operand a, Operand b);

namespace ops {
const OpDef& EqualOp();
const OpDef& NotEqualOp();
const OpDef& LessOp();
const OpDef& LessEqualOp();
const OpDef& GreaterOp();
const OpDef& GreaterEqualOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_H_
