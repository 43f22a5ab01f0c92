#ifndef DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_INTERNAL_H_
#define DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_INTERNAL_H_

#include <cstdint>
#include <optional>
#include <type_traits>

#include "dagrad/ops/nn/roi_align/roi_align.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::roi_align_internal {

inline constexpr int64_t kPiece = 64;  // channels at a time

// f(n) of up to kPiece channels: a whole piece is a constant, so that loops over it become vectors.
template <typename F>
void WithChannels(int64_t n, F f) {
  if (n == kPiece) {
    f(std::integral_constant<int64_t, kPiece>());
  } else {
    f(n);
  }
}

// Sizes of x [batch, height, width, channels] and y [rois, out_height, out_width, channels].
struct Sizes {
  int64_t batch, height, width, channels, rois, out_height, out_width, sampling_ratio;
  double spatial_scale;
  bool half_pixel;

  int64_t Pixel(int64_t b, int64_t y, int64_t x) const {
    return ((b * height + y) * width + x) * channels;
  }
  int64_t Cell(int64_t roi, int64_t y, int64_t x) const {
    return ((roi * out_height + y) * out_width + x) * channels;
  }
  // Roughly, where the regions decide it.
  double SamplesOfCell() const {
    const double ratio = sampling_ratio > 0 ? static_cast<double>(sampling_ratio) : 2;
    return ratio * ratio;
  }
};
Sizes ReadSizes(const AttrMap& attrs, const Dims& x, const Dims& y);

// A half-open range of numbers.
struct Range {
  int64_t begin = 0, end = 0;
};

// A sample stands between the pixels low and high, which is low where there is none behind it.
struct Sample {
  int64_t low, high;
  double t;  // the weight of high; that of low is 1 - t
};

// A region along one axis of the image.
struct Axis {
  double start, cell;  // the first cell's begin and every cell's size, in pixels
  double samples;      // of a cell, a whole number
  int64_t size;        // pixels of the image

  // The samples of cell i that may be inside of the image: all that are, and few others.
  Range SamplesOf(int64_t i) const;
  // Sample k of cell i. Nothing outside of the image.
  std::optional<Sample> At(int64_t i, int64_t k) const;
  // Adds the means' weights of the pixels to w[size]. All that are not 0 are in the range.
  Range AddWeights(int64_t i, double* w) const;
};

struct Region {
  Axis y, x;
  int64_t image;
};
// Region i of inputs 1 and 2. Corners are computed in T, as ONNX has it: their rounding decides how
// many samples there are.
template <typename T>
Region RegionOf(const Sizes& sizes, const runtime::KernelArgs& args, int64_t i);

// A phase that looks at input 2: InvalidArgument unless all are images.
void CheckBatchIndices(const Sizes& sizes, runtime::Kernel* kernel);

// Means and their cotangents are added up in Sum.
template <typename T, typename Sum>
void MakeAverage(const Sizes& sizes, runtime::Kernel* kernel);
template <typename T>
void MakeAverageGrad(const Sizes& sizes, runtime::Kernel* kernel);
// The maxima, or places and weights.
template <typename T>
void MakeMax(const Sizes& sizes, bool gives_places, runtime::Kernel* kernel);

Samples MakeSamples();
Samples MakeGradSamples();
Samples MakeArgSamples();

}  // namespace dagrad::ops::roi_align_internal

#endif  // DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_INTERNAL_H_
