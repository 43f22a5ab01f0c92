#ifndef DAGRAD_OPS_ELEMENTWISE_CAST_CAST_H_
#define DAGRAD_OPS_ELEMENTWISE_CAST_CAST_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i] = x[i] converted to `to`, any dtype to any dtype; shape as x.
// Float to integer rounds toward zero and saturates, NaN gives 0; integer to narrower integer keeps
// the low bits; to bool: x[i] != 0; from bool: 0 or 1; numbers to narrower floats round once, to
// the nearest, ties to even. Gradient: x̄ = Cast(ȳ, x's dtype) between floats; otherwise none flows.
Value Cast(Operand x, DType to);

// x itself where it is of this dtype or no value at all, else Cast(x, dtype).
Value InDType(Value x, DType dtype);

namespace ops {
const OpDef& CastOp();  // "Cast": attribute to (dtype)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_CAST_CAST_H_
