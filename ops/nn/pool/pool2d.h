#ifndef DAGRAD_OPS_NN_POOL_POOL2D_H_
#define DAGRAD_OPS_NN_POOL_POOL2D_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The window of a pooling; pairs are height, width. See ops/nn/window/window.h for the output's
// sizes.
struct Pool2DOptions {
  std::vector<int64_t> pool_size = {2, 2};
  std::vector<int64_t> strides = {};  // empty: pool_size, as Keras's None
  // "valid", "same" (the odd element of padding at the end, as Keras) or "explicit".
  std::string padding = "valid";
  std::vector<int64_t> explicit_padding = {
      0, 0, 0, 0};  // top, bottom, left, right; each less than the pool's size
};

// Pooling over height and width, channels last, x: [batch, height, width, C] → y: [batch, out
// height, out width, C]:
//   MaxPool2D: y[b,oy,ox,c] = max    x[b, oy·sy + i - top, ox·sx + j - left, c]
//   AvgPool2D: y[b,oy,ox,c] = mean   x[b, oy·sy + i - top, ox·sx + j - left, c]
// over the i < pool height, j < pool width that are not padding: as in Keras, padding takes no
// part, not even in the average's count. Of nothing but padding (an image without rows) the maximum
// is -inf and the average 0. A NaN in the window is its maximum. Any floating dtype. Sizes
// may be symbolic. Errors: max_pool2d_c1 … c5, avg_pool2d_c1 … c5 (rank, pool_size and strides,
// padding, explicit_padding, fit). Gradient: MaxPool2DGrad(x, ȳ): all of ȳ goes to the first
// maximum of its window, in row-major order; AvgPool2DGrad(ȳ): evenly to the elements of the
// window.
Value MaxPool2D(Operand x, const Pool2DOptions& options = {});
Value AvgPool2D(Operand x, const Pool2DOptions& options = {});

// The cotangent of x of a MaxPool2D with the same options, where dy is that of y.
//   dx[p] = Σ dy[o] over the windows o whose first maximum in x is p
// Linear in dy; no gradient flows to x, since the derivative by x is 0 wherever there is one.
// Errors: max_pool2d_grad_c1 … c5 as above and _c6 (dy is not of the shape of y).
Value MaxPool2DGrad(Operand x, Operand dy, const Pool2DOptions& options = {});

// The transpose of MaxPool2DGrad: y[o] = u[p] for the first maximum p of window o in x; u is of x's
// shape (max_pool2d_gather_c6). MaxPool2DGather(x, x) is MaxPool2D(x).
Value MaxPool2DGather(Operand x, Operand u, const Pool2DOptions& options = {});

// The cotangent of x of an AvgPool2D with the same options; `input_shape` is x's.
//   dx[p] = Σ dy[o] / count(o) over the windows o that hold p
// Errors: avg_pool2d_grad_c1 … c6 likewise.
Value AvgPool2DGrad(Operand dy, Shape input_shape, const Pool2DOptions& options = {});

namespace ops {
// Attributes of all: pool_size, strides, explicit_padding (ints), padding (string).
const OpDef& MaxPool2DOp();
const OpDef& MaxPool2DGradOp();
const OpDef& MaxPool2DGatherOp();
const OpDef& AvgPool2DOp();
const OpDef& AvgPool2DGradOp();  // and input_shape (shape)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_POOL_POOL2D_H_
