// The mean of a cell's samples is a sum of its pixels, whose weights are products of one for the
// row and one for the column.
#include <algorithm>

#include "dagrad/ops/nn/roi_align/roi_align_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::roi_align_internal {
namespace {

using runtime::KernelArgs;

// Weights of one axis while a cell is at work, in memory that is 0 before and after.
class Weights {
 public:
  Weights(const Axis& axis, int64_t cell, double* memory)
      : w_(memory), range_(axis.AddWeights(cell, memory)) {}
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  ~Weights() { std::fill(w_ + range_.begin, w_ + range_.end, 0.0); }

  // f(pixel, weight) of those that are not 0: an infinite pixel takes no part in what it is not in.
  template <typename F>
  void ForEach(F f) const {
    for (int64_t i = range_.begin; i < range_.end; ++i)
      if (w_[i] != 0) f(i, w_[i]);
  }

 private:
  double* w_;
  Range range_;
};

// n channels of one cell of y, of an image from `x` on.
template <typename T, typename Sum, typename N>
void Mean(const Sizes& s, const T* x, const Weights& rows, const Weights& columns, N n, T* y) {
  Sum row_sum[kPiece], sum[kPiece] = {};
  rows.ForEach([&](int64_t iy, double row_weight) {
    std::fill_n(row_sum, n, Sum(0));
    columns.ForEach([&](int64_t ix, double weight) {
      const T* const pixel = x + s.Pixel(0, iy, ix);
      const Sum w = static_cast<Sum>(weight);
      for (int64_t c = 0; c < n; ++c) row_sum[c] += w * static_cast<Sum>(pixel[c]);
    });
    const Sum w = static_cast<Sum>(row_weight);
    for (int64_t c = 0; c < n; ++c) sum[c] += w * row_sum[c];
  });
  for (int64_t c = 0; c < n; ++c) y[c] = static_cast<T>(sum[c]);
}

// Cells of row `row` of all regions. `memory` has a number for each row and column of an image.
template <typename T, typename Sum>
void MeanRow(const Sizes& s, const KernelArgs& args, int64_t row, double* memory) {
  const int64_t roi = row / s.out_height, oy = row % s.out_height;
  const Region region = RegionOf<T>(s, args, roi);
  const Weights rows(region.y, oy, memory);
  for (int64_t ox = 0; ox < s.out_width; ++ox) {
    const Weights columns(region.x, ox, memory + s.height);
    for (int64_t first = 0; first < s.channels; first += kPiece) {
      const T* const x = args.in<T>(0) + s.Pixel(region.image, 0, 0) + first;
      T* const y = args.out<T>(0) + s.Cell(roi, oy, ox) + first;
      WithChannels(std::min(kPiece, s.channels - first),
                   [&](auto n) { Mean<T, Sum>(s, x, rows, columns, n, y); });
    }
  }
}

// Adds to n channels of an image from `dx` on what comes from one cell.
template <typename T, typename N>
void AddCell(const Sizes& s, const T* dy, const Weights& rows, const Weights& columns, N n, T* dx) {
  T scaled[kPiece];
  rows.ForEach([&](int64_t iy, double row_weight) {
    for (int64_t c = 0; c < n; ++c) scaled[c] = static_cast<T>(row_weight) * dy[c];
    columns.ForEach([&](int64_t ix, double weight) {
      T* const pixel = dx + s.Pixel(0, iy, ix);
      const T w = static_cast<T>(weight);
      for (int64_t c = 0; c < n; ++c) pixel[c] += w * scaled[c];
    });
  });
}

// `n` channels from `first` on of the cotangent of one image, from all regions in their order.
template <typename T>
void GradOfImage(const Sizes& s, const KernelArgs& args, int64_t image, int64_t first, int64_t n,
                 double* memory) {
  T* const dx = args.out<T>(0) + s.Pixel(image, 0, 0) + first;
  for (int64_t p = 0; p < s.height * s.width; ++p) std::fill_n(dx + p * s.channels, n, T(0));
  for (int64_t roi = 0; roi < s.rois; ++roi) {
    if (args.in<int64_t>(2)[roi] != image) continue;
    const Region region = RegionOf<T>(s, args, roi);
    for (int64_t oy = 0; oy < s.out_height; ++oy) {
      const Weights rows(region.y, oy, memory);
      for (int64_t ox = 0; ox < s.out_width; ++ox) {
        const Weights columns(region.x, ox, memory + s.height);
        const T* const dy = args.in<T>(0) + s.Cell(roi, oy, ox) + first;
        WithChannels(n, [&](auto k) { AddCell(s, dy, rows, columns, k, dx); });
      }
    }
  }
}

}  // namespace

template <typename T, typename Sum>
void MakeAverage(const Sizes& s, runtime::Kernel* kernel) {
  CheckBatchIndices(s, kernel);
  const double cost = 3 * s.SamplesOfCell() * static_cast<double>(s.out_width * s.channels);
  runtime::OverRows(
      {.count = s.rois * s.out_height,
       .cost = cost,
       .task_scratch_bytes =
           (runtime::BytesOf<double>(s.height) + runtime::BytesOf<double>(s.width)).value()},
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        auto* const memory = reinterpret_cast<double*>(args.task_scratch);
        std::fill_n(memory, s.height + s.width, 0.0);
        for (int64_t row = begin; row < end; ++row) MeanRow<T, Sum>(s, args, row, memory);
      },
      kernel);
}

template <typename T>
void MakeAverageGrad(const Sizes& s, runtime::Kernel* kernel) {
  CheckBatchIndices(s, kernel);
  const int64_t pieces = (s.channels + kPiece - 1) / kPiece, items = s.batch * pieces;
  const auto one = runtime::BytesOf<double>(s.height) + runtime::BytesOf<double>(s.width);
  kernel->scratch_bytes = kernel->shared_scratch_bytes = (one * items).value();
  const double cells = static_cast<double>(s.rois * s.out_height * s.out_width) /
                       static_cast<double>(std::max<int64_t>(s.batch, 1));
  const double cost =
      kPiece * (3 * s.SamplesOfCell() * cells + static_cast<double>(s.height * s.width) / 2);
  runtime::ParallelOver(
      items, cost,
      [s, pieces](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t item = begin; item < end; ++item) {
          double* const memory =
              reinterpret_cast<double*>(args.scratch) + item * (s.height + s.width);
          std::fill_n(memory, s.height + s.width, 0.0);
          const int64_t first = item % pieces * kPiece;
          GradOfImage<T>(s, args, item / pieces, first, std::min(kPiece, s.channels - first),
                         memory);
        }
      },
      kernel);
}

template void MakeAverage<float, float>(const Sizes&, runtime::Kernel*);
template void MakeAverage<float, double>(const Sizes&, runtime::Kernel*);
template void MakeAverage<double, double>(const Sizes&, runtime::Kernel*);
template void MakeAverageGrad<float>(const Sizes&, runtime::Kernel*);
template void MakeAverageGrad<double>(const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::roi_align_internal
