#include <algorithm>
#include <cmath>
#include <limits>

#include "dagrad/ops/nn/roi_align/roi_align_internal.h"

namespace dagrad::ops::roi_align_internal {
namespace {

using runtime::KernelArgs;

// The largest term so far of n <= kPiece channels of one cell; where it is, if kPlaces.
template <typename T, bool kPlaces>
struct Largest {
  Largest() { std::fill_n(value, kPiece, -std::numeric_limits<T>::infinity()); }

  T value[kPiece];
  T weight[kPlaces ? kPiece : 1];
  int64_t place[kPlaces ? kPiece : 1];
  bool has_zero = false;  // among the terms is one of weight 0
  bool is_empty = true;   // of others

  // The terms of the pixel whose n channels begin at x[at].
  template <typename N>
  void Add(const T* x, int64_t at, double pixel_weight, N n) {
    const T w = static_cast<T>(pixel_weight);
    if (w == 0) {
      has_zero = true;
      return;
    }
    for (int64_t c = 0; c < n; ++c) {
      const T v = w * x[at + c];
      if constexpr (kPlaces) {
        const bool is_larger = is_empty || v > value[c] || (std::isnan(v) && !std::isnan(value[c]));
        if (!is_larger) continue;
        weight[c] = w;
        place[c] = at + c;
        value[c] = v;
      } else {
        value[c] = v <= value[c] || std::isnan(value[c]) ? value[c] : v;
      }
    }
    is_empty = false;
  }

  // `first`: a place that any image has.
  void End(int64_t first, int64_t n) {
    for (int64_t c = 0; c < n; ++c) {
      if (!is_empty && !(has_zero && value[c] < 0)) continue;
      value[c] = 0;
      if constexpr (kPlaces) {
        weight[c] = 0;
        place[c] = first + c;
      }
    }
  }
};

template <typename T, bool kPlaces, typename N>
void LargestOf(const Sizes& s, const T* x, const Region& r, int64_t oy, int64_t ox, int64_t first,
               N n, Largest<T, kPlaces>* largest) {
  const Range rows = r.y.SamplesOf(oy), columns = r.x.SamplesOf(ox);
  double inside = 0;
  for (int64_t ky = rows.begin; ky < rows.end; ++ky) {
    const auto y = r.y.At(oy, ky);
    if (!y.has_value()) continue;
    for (int64_t kx = columns.begin; kx < columns.end; ++kx) {
      const auto p = r.x.At(ox, kx);
      if (!p.has_value()) continue;
      ++inside;
      const auto add = [&](int64_t iy, int64_t ix, double w) {
        largest->Add(x, s.Pixel(r.image, iy, ix) + first, w, n);
      };
      add(y->low, p->low, (1 - y->t) * (1 - p->t));
      add(y->low, p->high, (1 - y->t) * p->t);
      add(y->high, p->low, y->t * (1 - p->t));
      add(y->high, p->high, y->t * p->t);
    }
  }
  if (inside < std::max(r.y.samples, 0.0) * std::max(r.x.samples, 0.0)) largest->has_zero = true;
  largest->End(first, n);
}

template <typename T, bool kPlaces>
void MaxRow(const Sizes& s, const KernelArgs& args, int64_t row) {
  const int64_t roi = row / s.out_height, oy = row % s.out_height;
  const Region region = RegionOf<T>(s, args, roi);
  for (int64_t ox = 0; ox < s.out_width; ++ox) {
    for (int64_t first = 0; first < s.channels; first += kPiece) {
      const int64_t n = std::min(kPiece, s.channels - first), at = s.Cell(roi, oy, ox) + first;
      Largest<T, kPlaces> largest;
      WithChannels(
          n, [&](auto k) { LargestOf(s, args.in<T>(0), region, oy, ox, first, k, &largest); });
      if constexpr (kPlaces) {
        std::copy_n(largest.place, n, args.out<int64_t>(0) + at);
        std::copy_n(largest.weight, n, args.out<T>(1) + at);
      } else {
        std::copy_n(largest.value, n, args.out<T>(0) + at);
      }
    }
  }
}

}  // namespace

template <typename T>
void MakeMax(const Sizes& s, bool gives_places, runtime::Kernel* kernel) {
  CheckBatchIndices(s, kernel);
  const double cost = 16 * s.SamplesOfCell() * static_cast<double>(s.out_width * s.channels);
  runtime::OverRows(
      {.count = s.rois * s.out_height, .cost = cost},
      [s, gives_places](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
          gives_places ? MaxRow<T, true>(s, args, row) : MaxRow<T, false>(s, args, row);
      },
      kernel);
}

template void MakeMax<float>(const Sizes&, bool, runtime::Kernel*);
template void MakeMax<double>(const Sizes&, bool, runtime::Kernel*);

}  // namespace dagrad::ops::roi_align_internal
