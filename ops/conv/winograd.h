#ifndef DAGRAD_OPS_CONV_WINOGRAD_H_
#define DAGRAD_OPS_CONV_WINOGRAD_H_

#include "dagrad/ops/conv/conv2d_internal.h"
#include "dagrad/ops/conv/winograd_transforms.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::conv2d_internal {

// Convolution by Winograd's F(m x m, 3 x 3): (m + 2)² products of matrices, one for each position
// of a transformed tile, in which m² results take (m + 2)² multiplications for each pair of
// channels instead of 9 m².
//
// Rounding, measured against float64 for normal x (and dy) and He-scaled filters, C = 16 … 512: the
// largest error in units of Σ|a·b| over the products a·b of an element, and the root of the mean
// square in units of the results' own.
//                    | oneDNN, direct   | F(2 x 2)         | F(4 x 4)
//   y, dx            | 3e-7, 2 … 12e-7  | 2e-7, 2 … 5e-7   | 9e-7, 5 … 15e-7
//   dfilter (8 x 16²)| 3e-8, 1e-7       | 1e-7, 5e-7       | 3e-7, 1e-6
// A pixel takes part in the rounding of all results of its tile: elements of few or small products
// may have more of Σ|a·b|, in the tests (uniform inputs, images from 1 x 1 on) at most 2e-6 for
// F(2 x 2) and 8e-6 for F(4 x 4) of that plus its mean. WinogradForm says which is used where.

// For filters of 3 x 3, stride 1, no dilation, no groups, and at least winograd::kLeastChannels
// channels on both sides.
bool WinogradApplies(const Sizes& sizes);

// The faster form for the sizes, 2 or 4; 0 where neither is clearly faster than the other kernels.
// `filter_is_fixed`: it is seldom another one, so what is made of it costs nothing.
int WinogradForm(Kind kind, const Sizes& sizes, bool filter_is_fixed);

// m = 2 or 4, and WinogradApplies. With an epilogue, the same bits as those of the single
// operations.
void MakeWinogradKernel(int m, Kind kind, const Sizes& sizes, bool filter_is_fixed,
                        runtime::Kernel* kernel, const Epilogue& epilogue = {});

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_CONV_WINOGRAD_H_
