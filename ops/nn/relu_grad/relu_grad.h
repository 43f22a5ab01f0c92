#ifndef DAGRAD_OPS_NN_RELU_GRAD_RELU_GRAD_H_
#define DAGRAD_OPS_NN_RELU_GRAD_RELU_GRAD_H_

#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The gradient of a clipped identity, seen from its result y, so that its input need not be kept:
//   activation "relu", y = max(x, 0):             dx[i] = dy[i] if y[i] > 0, else 0;
//   activation "relu6", y = min(max(x, 0), 6):    dx[i] = dy[i] if 0 < y[i] < 6, else 0.
// y and dy of any floating dtype, of one shape; dx as they. dy where y is NaN, as PyTorch. An exact
// 0 is chosen, whatever dy is. Linear in dy, and differentiable by it; no gradient flows to y.
// Errors: the shapes differ (relu_grad_c1), another activation (relu_grad_c2).
Value ReluGrad(Operand y, Operand dy, absl::string_view activation);

namespace ops {
const OpDef& ReluGradOp();  // "ReluGrad": activation (string)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_RELU_GRAD_RELU_GRAD_H_
