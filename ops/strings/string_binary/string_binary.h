#ifndef DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_H_
#define DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// Strings a and b, broadcast: b's bytes behind a's. Not differentiable.
Value StringConcat(Operand a, Operand b);
// Strings a and b, broadcast: whether their bytes are equal, as bools. Not differentiable.
Value StringEqual(Operand a, Operand b);

namespace ops {
const OpDef& StringConcatOp();  // "StringConcat"
const OpDef& StringEqualOp();   // "StringEqual"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_H_
