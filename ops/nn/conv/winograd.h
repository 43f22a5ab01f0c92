#ifndef DAGRAD_OPS_NN_CONV_WINOGRAD_H_
#define DAGRAD_OPS_NN_CONV_WINOGRAD_H_

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/winograd_transforms.h"
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
//
// A pixel takes part in the rounding of all results of its tile, also of those that do not depend
// on it. So what the transforms may mix is limited (winograd_range.h), and tiles and filters beyond
// are computed by the definition: those with an infinity or a NaN, with numbers near the ends of
// float32's range, and those in which what some result depends on is less than a 16th of the whole,
// say because one pixel is a thousand times as large as the others. This depends on nothing but
// their numbers. Then, for any inputs whose result is a float32, with the norms of what a result
// depends on,
//   |result - exact| <= bound * √Σa² * √Σb², bound 2e-6 for F(2 x 2) and 8e-6 for F(4 x 4),
// where for a filter's gradient the sums go over all channels of a and of b.
// WinogradForm says which form is used where.

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

#endif  // DAGRAD_OPS_NN_CONV_WINOGRAD_H_
