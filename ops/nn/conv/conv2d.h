#ifndef DAGRAD_OPS_NN_CONV_CONV2D_H_
#define DAGRAD_OPS_NN_CONV_CONV2D_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The window of a convolution; pairs are height, width. See ops/nn/window/window.h for the output's
// sizes.
struct Conv2DOptions {
  std::vector<int64_t> strides = {1, 1};
  // "valid", "same" (the odd element of padding at the end, as Keras) or "explicit".
  std::string padding = "valid";
  std::vector<int64_t> explicit_padding = {0, 0, 0, 0};  // top, bottom, left, right
  std::vector<int64_t> dilations = {1, 1};
  int64_t groups = 1;
};

// Two-dimensional convolution (cross-correlation, as everywhere in the field), channels last:
//   y[b,oy,ox,k] = Σ_{i,j,c} x[b, oy·sy + i·dy - top, ox·sx + j·dx - left, g·C/G + c] ·
//   filter[i,j,c,k],
// where g = ⌊k / (K/G)⌋, and x is 0 outside its bounds.
//   x: [batch, height, width, C], filter: [filter height, filter width, C/G, K], y: [batch, out
//   height, out width, K]
// G groups each see their own C/G input channels; G = C is the depthwise convolution (K = C ·
// multiplier). Height, width and batch may be symbolic. Any floating dtype, all the same.
// In float32, filters of 3 x 3 with stride 1 and enough channels are taken by Winograd's F(2 x 2,
// 3 x 3) or F(4 x 4, 3 x 3) where that is faster; ops/nn/conv/winograd.h has the measured errors.
// Errors: conv2d_c1 (ranks), conv2d_c2 (strides, dilations), conv2d_c3 (padding), conv2d_c4
// (explicit_padding), conv2d_c5 (channels and groups), conv2d_c6 (the filter does not fit).
// Gradient: x̄ = Conv2DInputGrad(ȳ, filter), f̄ = Conv2DFilterGrad(x, ȳ).
Value Conv2D(Operand x, Operand filter, const Conv2DOptions& options = {});

// The cotangent of x of a Conv2D with the same options, where dy is that of y; `input_shape` is
// x's. Also the transposed convolution ("deconvolution"). Linear in dy and in filter. Errors:
// conv2d_input_grad_c1 … c6 as above and _c7 (dy is not of the shape of y).
Value Conv2DInputGrad(Operand dy, Operand filter, Shape input_shape,
                      const Conv2DOptions& options = {});

// The cotangent of the filter of a Conv2D with the same options; `filter_shape` is the filter's.
// Linear in x and in dy. An infinity or NaN of dy times the zeros of the padding may be added, as
// NaN, to taps that do not meet it. Errors: conv2d_filter_grad_c1 … c7 likewise.
Value Conv2DFilterGrad(Operand x, Operand dy, Shape filter_shape,
                       const Conv2DOptions& options = {});

namespace ops {
// Attributes of all three: strides, explicit_padding, dilations (ints), padding (string), groups
// (int).
const OpDef& Conv2DOp();
const OpDef& Conv2DInputGradOp();   // and input_shape (shape)
const OpDef& Conv2DFilterGradOp();  // and filter_shape (shape)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_CONV_CONV2D_H_
