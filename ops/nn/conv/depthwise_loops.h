#ifndef DAGRAD_OPS_NN_CONV_DEPTHWISE_LOOPS_H_
#define DAGRAD_OPS_NN_CONV_DEPTHWISE_LOOPS_H_

#include <cstdint>

namespace dagrad::ops::conv2d_internal {

// Sums of products as depthwise convolutions have them: each channel by itself, channels side by
// side in memory. On the calling thread alone, without the heap; safe to call from many threads at
// once. Sums are taken in an order that the run alone decides, so the bits of an element depend on
// the run, its channel's elements and the instruction set, and not on the other channels.

// Offsets from one to the next, in floats.
struct DepthwiseSteps {
  int64_t pixel;   // of the run
  int64_t row;     // of the window
  int64_t column;  // of the window
};

// Pixels t < count of a row, for all of which the same part of the window, rows x columns, lies in
// the image: element (t, i, j) is at t * pixel + i * row + j * column of source and of filter,
// whose step.pixel is 0. Pixel t of target is at t * target_step.
struct DepthwiseRun {
  int64_t count;
  int64_t rows, columns;  // of the window; 0: the sum is 0
  DepthwiseSteps source, filter;
  int64_t target_step;
};

// target[t, c] = sum over i, j of source[t, i, j, c] * filter[i, j, c]. Overlaps nothing it reads.
void DepthwiseForward(const DepthwiseRun& run, int64_t channels, const float* source,
                      const float* filter, float* target);

// filter[i, j, c] += sum over t of source[t, i, j, c] * target[t, c].
void DepthwiseFilterGrad(const DepthwiseRun& run, int64_t channels, const float* source,
                         const float* target, float* filter);

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_DEPTHWISE_LOOPS_H_
