#ifndef DAGRAD_OPS_NN_ACTIVATION_ACTIVATION_H_
#define DAGRAD_OPS_NN_ACTIVATION_ACTIVATION_H_

#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/gelu/gelu.h"

// Activations of neural networks, element by element, on floats: shape and dtype as x,
// definitions and defaults those of keras.activations. They build nodes of other ops, at x's line,
// and are differentiated through them. At a kink the derivative is 0, as Relu's and PyTorch's (but
// Selu's, which is that from below).
// Relu, Relu6, LeakyRelu, Elu, Sigmoid, Softplus, Softsign and Tanh are ops:
// ops/elementwise/unary/unary.h; so is Gelu: ops/nn/gelu/gelu.h.
namespace dagrad {

// x·sigmoid(x), also called swish.
Value Silu(Operand x);
// x·tanh(softplus(x)). Misra, "Mish", 2019.
Value Mish(Operand x);
// s·x where x > 0, else s·α·(e^x - 1), with s = 1.0507009873554805 and α = 1.6732632423543772,
// which keep mean 0 and variance 1. Klambauer et al., "Self-Normalizing Neural Networks", 2017.
Value Selu(Operand x);
// min(max(x + 3, 0), 6)/6.
Value HardSigmoid(Operand x);
// x·HardSigmoid(x), also called hard swish.
Value HardSilu(Operand x);
// x where |x| < 1, else its sign: min(max(x, -1), 1).
Value HardTanh(Operand x);
// ln sigmoid(x) = -softplus(-x).
Value LogSigmoid(Operand x);
// x - tanh x.
Value TanhShrink(Operand x);
// e^x: Keras's name of Exp.
Value Exponential(Operand x);

}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_ACTIVATION_ACTIVATION_H_
