#ifndef DAGRAD_OPS_NN_CONV_CONV2D_WINDOWS_H_
#define DAGRAD_OPS_NN_CONV_CONV2D_WINDOWS_H_

#include <cstdint>
#include <vector>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {

// Results whose windows lie on an image at equal distances: window (u, v) covers its elements
// [top + u * stride_y + i * dilation_y, left + v * stride_x + j, all channels], i < taps_y,
// j < taps_x, which are 0 outside of the image.
struct ImageWindows {
  int64_t height, width, channels;  // of the image
  int64_t rows, columns;            // of the results
  int64_t top, left;
  int64_t stride_y, stride_x, dilation_y;
  int64_t taps_y, taps_x;

  int64_t depth() const { return taps_y * taps_x * channels; }
  // Whether some window covers elements outside.
  bool is_padded() const;
  // Elements of the strip that the windows of `count` rows cover, padding included.
  int64_t StripElements(int64_t count) const;
  // As many rows of windows as StripElements() of part of a second-level cache lasts for, and as
  // many windows of a row where not even one row does.
  int64_t RowsOfBlock() const;
  int64_t ColumnsOfBlock() const;
  // The windows of columns [begin, begin + count) alone.
  ImageWindows Columns(int64_t begin, int64_t count) const;
  // The windows of rows [begin, end): on the image itself or, if there is padding, on a copy of
  // their strip in `scratch`.
  runtime::simd::Windows On(const float* image, int64_t begin, int64_t end, float* scratch) const;

 private:
  int64_t StripWidth() const { return (columns - 1) * stride_x + taps_x; }
  int64_t StripHeight(int64_t count) const {
    return (count - 1) * stride_y + (taps_y - 1) * dilation_y + 1;
  }
  void CopyStrip(const float* image, int64_t begin, int64_t end, float* to) const;
};

// Those of y's elements on x. Dilation along x, and groups, are not for them.
ImageWindows ForwardWindows(const Sizes& s);

// dx[iy, ix] for the iy and ix that leave `phase_y` and `phase_x` when divided by the strides are
// the results of windows on dy, with the filter's taps from `first_y` and `first_x` on, each
// stride-th, in reverse order. Dilation is not for them.
struct InputGradPhase {
  int64_t phase_y, phase_x, first_y, first_x;
  ImageWindows windows;  // no taps: all 0
};
std::vector<InputGradPhase> InputGradPhases(const Sizes& s);

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_CONV2D_WINDOWS_H_
