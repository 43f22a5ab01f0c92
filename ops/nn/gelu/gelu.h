#ifndef DAGRAD_OPS_NN_GELU_GELU_H_
#define DAGRAD_OPS_NN_GELU_GELU_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct GeluOptions {
  bool approximate = false;  // as Keras has it
};

// With the normal distribution's Φ and density φ, element by element:
//   y = x Φ(x) = x/2 (1 + erf(x/√2)),    approximate: y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
// x of any floating dtype; y as x; 0 for x = -inf. float32 within 1e-6, relative to values above 1.
// Gradient: GeluGrad. Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016;
// keras.activations.gelu, ONNX's Gelu (opset 20).
Value Gelu(Operand x, const GeluOptions& options = {});

namespace ops {
// "Gelu", version 2: approximate ("none", the default, or "tanh", as ONNX has it; a bool in version
// 1). Error: another approximate (gelu_c1).
const OpDef& GeluOp();

// "GeluGrad", version 2: approximate, as Gelu; inputs x and dy of one shape. dx = dy gelu'(x),
// where gelu' is
//   Φ(x) + x φ(x),    approximate, with s = 1/(1 + e^(-2u)) and u = √(2/π) (x + 0.044715 x³):
//   s + x s (1 - s) 2u'.
// Differentiable by both. Errors: the shapes differ (gelu_grad_c1), another approximate
// (gelu_grad_c2).
const OpDef& GeluGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_GELU_GELU_H_
