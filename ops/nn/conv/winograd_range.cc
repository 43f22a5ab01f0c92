#include "dagrad/ops/nn/conv/winograd_range.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/conv/winograd_range.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/ops/nn/conv/winograd_sums.inc"
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::winograd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = dagrad::runtime::simd::HWY_NAMESPACE;

using FloatV = hn::Vec<Floats>;
constexpr int64_t kLanes = hn::MaxLanes(Floats());
using Doubles = hn::ScalableTag<double>;

// `n` floats, at most a vector; zeros follow.
HWY_INLINE FloatV Load(Floats d, const float* p, int64_t n) {
  return n >= kLanes ? hn::LoadU(d, p) : simd::LoadTail(d, p, n);
}
HWY_INLINE hn::Vec<Doubles> Load(Doubles d, const float* p, int64_t n) {
  const hn::Rebind<float, Doubles> half;
  return hn::PromoteTo(
      d, n >= static_cast<int64_t>(hn::Lanes(d)) ? hn::LoadU(half, p) : simd::LoadTail(half, p, n));
}

// Σ_i p[i]², i < n.
HWY_INLINE double SumSquares(const float* p, int64_t n) {
  const Doubles d;
  const int64_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  for (int64_t i = 0; i < n; i += lanes) {
    const auto v = Load(d, p + i, n - i);
    sum = hn::MulAdd(v, v, sum);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// The first rows and columns of a tile that are inside the image.
template <typename T>
struct Inside {
  Inside(const TileOf<T>& t, int size)
      : t(t),
        top(std::max<int64_t>(-t.y, 0)),
        bottom(std::min<int64_t>(t.height - t.y, size)),
        left(std::max<int64_t>(-t.x, 0)),
        right(std::min<int64_t>(t.width - t.x, size)) {}
  bool Has(int64_t i, int64_t j) const { return i >= top && i < bottom && j >= left && j < right; }
  T* Pixel(int64_t i, int64_t j) const {
    return t.image + ((t.y + i) * t.width + t.x + j) * t.pixel;
  }

  const TileOf<T>& t;
  int64_t top, bottom, left, right;
};

using PixelsInside = Inside<const float>;

// Sums of the squares of all pixels, of which those of a row stand together; in each lane some.
HWY_INLINE FloatV SumsOfTile(const PixelsInside& in) {
  const Floats d;
  constexpr int64_t kStep = 4 * kLanes;
  const int64_t n = std::max<int64_t>(in.right - in.left, 0) * in.t.pixel;
  FloatV sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (int64_t y = in.top; y < in.bottom; ++y) {
    const float* const row = in.Pixel(y, in.left);
    int64_t i = 0;
    for (; i + kStep <= n; i += kStep) {
      HWY_UNROLL(4) for (int s = 0; s < 4; ++s) {
        const FloatV v = hn::LoadU(d, row + i + s * kLanes);
        sum[s] = hn::MulAdd(v, v, sum[s]);
      }
    }
    for (; i < n; i += kLanes) {
      const FloatV v = Load(d, row + i, n - i);
      sum[0] = hn::MulAdd(v, v, sum[0]);
    }
  }
  return hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
}

// Each part has one of four pixels. Whether the least of these is enough for all, which is the sum
// of `all`. If not, it says nothing.
HWY_INLINE bool FourPixelsAreEnough(const PixelsInside& in, const Ranges& rows,
                                    const Ranges& columns, FloatV all) {
  if (!rows.HasPair() || !columns.HasPair()) return false;
  const int y[2] = {rows.first(), rows.second()}, x[2] = {columns.first(), columns.second()};
  if (!in.Has(y[0], x[0]) || !in.Has(y[1], x[1])) return false;
  const Floats d;
  const float* const p[4] = {in.Pixel(y[0], x[0]), in.Pixel(y[0], x[1]), in.Pixel(y[1], x[0]),
                             in.Pixel(y[1], x[1])};
  FloatV sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (int64_t c = 0; c < in.t.channels; c += kLanes) {
    HWY_UNROLL(4) for (int i = 0; i < 4; ++i) {
      const FloatV v = Load(d, p[i] + c, in.t.channels - c);
      sum[i] = hn::MulAdd(v, v, sum[i]);
    }
  }
  HWY_UNROLL(4)
  for (int i = 0; i < 4; ++i) sum[i] = hn::MulSub(sum[i], hn::Set(d, kMostSquaredRatio), all);
  return SumsAreNotNegative(sum);
}

bool PixelsLoop(const TileOf<const float>& t, const Ranges& rows, const Ranges& columns) {
  const int size = rows.size();
  const PixelsInside in(t, size);
  const FloatV all = SumsOfTile(in);
  if (SumIsInRange(all)) {
    if (rows.AllAreWhole() && columns.AllAreWhole()) return true;
    if (FourPixelsAreEnough(in, rows, columns, all)) return true;
  }
  double sums[36] = {};
  for (int64_t i = in.top; i < in.bottom; ++i) {
    for (int64_t j = in.left; j < in.right; ++j)
      sums[i * size + j] = SumSquares(in.Pixel(i, j), t.channels);
  }
  return MayMix(sums, rows, columns);
}

bool TapsLoop(const Taps& taps, int64_t row_step, int64_t rows, int64_t count) {
  const Floats d;
  for (int64_t k = 0; k < count; k += kLanes) {
    FloatV sum[9];
    HWY_UNROLL(9) for (int tap = 0; tap < 9; ++tap) sum[tap] = hn::Zero(d);
    for (int64_t i = 0; i < rows; ++i) {
      HWY_UNROLL(9) for (int tap = 0; tap < 9; ++tap) {
        const FloatV g = Load(d, taps.g + tap * taps.tap_step + i * row_step + k, count - k);
        sum[tap] = hn::MulAdd(g, g, sum[tap]);
      }
    }
    FloatV all = sum[0], least = sum[0];
    HWY_UNROLL(8) for (int tap = 1; tap < 9; ++tap) {
      all = hn::Add(all, sum[tap]);
      least = hn::Min(least, sum[tap]);
    }
    const auto count_all = hn::And(
        hn::Le(all, hn::Mul(least, hn::Set(d, kMostSquaredRatio))),
        hn::And(hn::Ge(all, hn::Set(d, kLeastSquares)), hn::Le(all, hn::Set(d, kMostSquares))));
    if (!hn::AllTrue(d, hn::Or(count_all, hn::Not(hn::FirstN(d, count - k))))) return false;
  }
  return true;
}

}  // namespace
}  // namespace dagrad::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::winograd {
namespace {

HWY_EXPORT(PixelsLoop);
HWY_EXPORT(TapsLoop);

}  // namespace

Ranges Ranges::Sliding(int size, int64_t n, int64_t length) {
  Ranges r(size);
  for (int64_t i = 0; i < n; ++i) r.Add(i, i + length);
  return r;
}

void Ranges::Add(int64_t from, int64_t to) {
  const int begin = static_cast<int>(std::max<int64_t>(from, 0));
  const int end = static_cast<int>(std::min<int64_t>(to, size_));
  for (int i = 0; i < count_; ++i) {
    if (begin_[i] == begin && end_[i] == end) return;
  }
  begin_[count_] = begin;
  end_[count_++] = end;
  last_begin_ = std::max(last_begin_, begin);
  first_end_ = std::min(first_end_, end);
  has_pair_ = first_end_ > 0;
  for (int i = 0; i < count_; ++i)
    has_pair_ = has_pair_ && (end_[i] > last_begin_ || begin_[i] < first_end_);
}

bool MayMix(const double* sums, const Ranges& rows, const Ranges& columns) {
  const int size = rows.size();
  double all = 0, least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < size * size; ++i) all += sums[i];
  if (all == 0) return true;
  for (int r = 0; r < rows.count(); ++r) {
    for (int c = 0; c < columns.count(); ++c) {
      double part = 0;
      for (int i = rows.begin(r); i < rows.end(r); ++i) {
        for (int j = columns.begin(c); j < columns.end(c); ++j) part += sums[i * size + j];
      }
      least = std::min(least, part);
    }
  }
  return all <= kMostSquares && all <= least * kMostSquaredRatio;
}

bool MayMixPixels(const TileOf<const float>& t, const Ranges& rows, const Ranges& columns) {
  return HWY_DYNAMIC_DISPATCH(PixelsLoop)(t, rows, columns);
}
bool EveryTapCounts(const Taps& taps, int64_t row_step, int64_t rows, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(TapsLoop)(taps, row_step, rows, count);
}

void SumSquares(const float* p, int64_t row_step, int64_t column_step, int64_t rows,
                int64_t columns, double* sums) {
  std::fill_n(sums, columns, 0.0);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      const double x = p[i * row_step + j * column_step];
      sums[j] += x * x;
    }
  }
}

}  // namespace dagrad::ops::winograd
#endif  // HWY_ONCE
