#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/nn/roi_align/roi_align_internal.h"

namespace dagrad::ops::roi_align_internal {
namespace {

using runtime::KernelArgs;

constexpr double kMostSamples = 0x1p52;  // whole numbers up to it are exact

template <typename T>
Axis AxisOf(T first, T last, int64_t cells, int64_t size, const Sizes& s) {
  const T scale = static_cast<T>(s.spatial_scale), offset = s.half_pixel ? T(0.5) : T(0);
  const T start = first * scale - offset;
  T length = last * scale - offset - start;
  if (!s.half_pixel) length = std::max(length, T(1));
  const T cell = length / static_cast<T>(cells);
  double samples = s.sampling_ratio > 0 ? static_cast<double>(s.sampling_ratio) : std::ceil(cell);
  if (!(samples < kMostSamples) || !std::isfinite(start) || !std::isfinite(cell)) samples = 0;
  return {start, cell, samples, size};
}

}  // namespace

Sizes ReadSizes(const AttrMap& attrs, const Dims& x, const Dims& y) {
  return {x[0],
          x[1],
          x[2],
          x[3],
          y[0],
          y[1],
          y[2],
          attrs.Get<int64_t>("sampling_ratio"),
          attrs.Get<double>("spatial_scale"),
          attrs.Get<bool>("half_pixel")};
}

Range Axis::SamplesOf(int64_t i) const {
  if (!(samples > 0) || size == 0) return {};
  const double begin = start + static_cast<double>(i) * cell, step = cell / samples;
  double first = (-1 - begin) / step, last = (static_cast<double>(size) - begin) / step;
  if (step < 0) std::swap(first, last);
  if (!(step != 0)) first = 0, last = samples;  // all at one place
  return {static_cast<int64_t>(std::clamp(std::floor(first) - 2, 0.0, samples)),
          static_cast<int64_t>(std::clamp(std::ceil(last) + 2, 0.0, samples))};
}

std::optional<Sample> Axis::At(int64_t i, int64_t k) const {
  const double p =
      start + static_cast<double>(i) * cell + (static_cast<double>(k) + 0.5) * cell / samples;
  if (!(p >= -1 && p <= static_cast<double>(size))) return std::nullopt;
  const double inside = std::max(p, 0.0);
  const auto low = static_cast<int64_t>(inside);
  if (low >= size - 1) return Sample{size - 1, size - 1, 0};
  return Sample{low, low + 1, inside - static_cast<double>(low)};
}

Range Axis::AddWeights(int64_t i, double* w) const {
  Range pixels{size, 0};
  const Range range = SamplesOf(i);
  for (int64_t k = range.begin; k < range.end; ++k) {
    const std::optional<Sample> s = At(i, k);
    if (!s.has_value()) continue;
    w[s->low] += (1 - s->t) / samples;
    w[s->high] += s->t / samples;
    pixels = {std::min(pixels.begin, s->low), std::max(pixels.end, s->high + 1)};
  }
  return {std::min(pixels.begin, pixels.end), pixels.end};
}

template <typename T>
Region RegionOf(const Sizes& s, const KernelArgs& args, int64_t i) {
  const T* const corners = args.in<T>(1) + 4 * i;
  return {AxisOf<T>(corners[1], corners[3], s.out_height, s.height, s),
          AxisOf<T>(corners[0], corners[2], s.out_width, s.width, s), args.in<int64_t>(2)[i]};
}

template Region RegionOf<float>(const Sizes&, const KernelArgs&, int64_t);
template Region RegionOf<double>(const Sizes&, const KernelArgs&, int64_t);

void CheckBatchIndices(const Sizes& s, runtime::Kernel* kernel) {
  const auto check = [rois = s.rois, batch = s.batch](const KernelArgs& args, int) {
    const int64_t* const indices = args.in<int64_t>(2);
    for (int64_t i = 0; i < rois; ++i) {
      if (indices[i] >= 0 && indices[i] < batch) continue;
      return InvalidArgumentError(absl::StrCat("batch index ", indices[i], " (element ", i,
                                               " of batch_indices) is outside [0, ", batch, ")"));
    }
    return absl::OkStatus();
  };
  kernel->phases.push_back({.shards = 1, .run = check, .inputs = 1U << 2, .outputs = 0});
}

}  // namespace dagrad::ops::roi_align_internal
