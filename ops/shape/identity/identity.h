#ifndef DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_H_
#define DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y = x, any dtype and shape; a node to name or to tap. Gradient: x̄ = ȳ.
Value Identity(Operand x);

// y = x, through which no gradient flows (Keras stop_gradient, PyTorch detach).
Value StopGradient(Operand x);

namespace ops {
const OpDef& IdentityOp();      // "Identity"
const OpDef& StopGradientOp();  // "StopGradient"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_H_
