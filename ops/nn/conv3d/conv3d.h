#ifndef DAGRAD_OPS_NN_CONV3D_CONV3D_H_
#define DAGRAD_OPS_NN_CONV3D_CONV3D_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"

namespace dagrad {

// The window of a convolution; triples are depth, height, width.
struct Conv3DOptions {
  std::vector<int64_t> strides = {1, 1, 1};
  // "valid", "same" (the odd element of padding at the end, as Keras; the depth must be a number)
  // or "explicit".
  std::string padding = "valid";
  // front, back, top, bottom, left, right
  std::vector<int64_t> explicit_padding = {0, 0, 0, 0, 0, 0};
  std::vector<int64_t> dilations = {1, 1, 1};
  int64_t groups = 1;
};

// Conv2D (ops/nn/conv/conv2d.h) with one axis more:
//   y[b,oz,oy,ox,k] = Σ_{h,i,j,c} x[b, oz·sz + h·dz - front, oy·sy + i·dy - top, …]
//   filter[h,i,j,c,k]
// x: [batch, depth, height, width, C], filter: [filter depth, filter height, filter width, C/G, K],
// both of one floating dtype. It is a sum of Conv2Ds over the filter's depth, whose gradients it
// has. Errors: InvalidArgument for ranks, a filter depth that is a symbol or above 65536, lists of
// another length or with numbers above 2^31, a window that does not fit the depth; others are
// Conv2D's.
Value Conv3D(Operand x, Operand filter, const Conv3DOptions& options = {});

// What Conv3D of an x of this shape gives back to it, a transposed convolution: x̄ for ȳ = dy. A sum
// of Conv2DInputGrads over the filter's depth, whose gradients it has. Errors as Conv3D's, and a dy
// that is not of the result's depth.
Value Conv3DInputGrad(Operand dy, Operand filter, Shape x, const Conv3DOptions& options = {});

}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_CONV3D_CONV3D_H_
