#ifndef DAGRAD_OPS_NN_CONV_FUSED_CONV2D_H_
#define DAGRAD_OPS_NN_CONV_FUSED_CONV2D_H_

#include "dagrad/graph/op.h"

namespace dagrad::ops {

// A convolution with what follows it, in one pass:
//   y = activation(Conv2D(x, filter) + bias (+ residual)),
// with Conv2D's attributes and
//   activation: "" (none), "relu" (max(v, 0)) or "relu6" (min(max(v, 0), 6)).
// Inputs: x and filter as Conv2D's, bias [K] and, if there are four, residual of y's shape. Errors:
// fused_conv2d_c1 … c6 as Conv2D's, c7 (addends), c8 (activation). Rewrites make it of Conv2D, Add
// and Relu (runtime/compile/rewrite/fuse_epilogue.cc); its bits are theirs.
// Gradient: with z̄ = ȳ where the activation is not flat, else 0: those of Conv2D for z̄, the bias's
// Σ_{b,y,x} z̄, the residual's z̄.
const OpDef& FusedConv2DOp();

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_NN_CONV_FUSED_CONV2D_H_
