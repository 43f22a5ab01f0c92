#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/pool/pool2d_max_rows.cc"
#include "hwy/foreach_target.h"  // must come before highway.h

#include <algorithm>
#include <limits>

#include "dagrad/ops/nn/pool/pool2d_max_rows.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::pool2d_internal::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The pixels of one output's window, in elements from its first one on.
struct Pixels {
  int64_t rows, columns, row_stride, column_stride;
  bool empty() const { return rows <= 0 || columns <= 0; }
};

// Calls f(element of the window, offset of its pixel).
template <typename F>
HWY_INLINE void ForEachPixel(const Pixels& w, F f) {
  int64_t element = 0;
  for (int64_t r = 0; r < w.rows; ++r) {
    for (int64_t c = 0; c < w.columns; ++c) f(element++, r * w.row_stride + c * w.column_stride);
  }
}

// Greater, or the first NaN.
template <class V>
HWY_INLINE auto Wins(V v, V best) {
  return hn::AndNot(hn::Le(v, best), hn::Eq(best, best));
}

template <class D>
HWY_INLINE hn::Vec<D> Max(D d, const Pixels& w, const hn::TFromD<D>* x) {
  hn::Vec<D> best = hn::LoadU(d, x);
  ForEachPixel(w, [&](int64_t, int64_t pixel) HWY_ATTR {
    const auto v = hn::LoadU(d, x + pixel);
    best = hn::IfThenElse(Wins(v, best), v, best);
  });
  return best;
}

// Which element of the window the maximum is.
template <class D, class DI = hn::RebindToSigned<D>>
HWY_INLINE hn::Vec<DI> PlaceOfMax(D d, const Pixels& w, const hn::TFromD<D>* x) {
  const DI di;
  hn::Vec<D> best = hn::LoadU(d, x);
  hn::Vec<DI> place = hn::Zero(di);
  ForEachPixel(w, [&](int64_t element, int64_t pixel) HWY_ATTR {
    const auto v = hn::LoadU(d, x + pixel);
    const auto wins = Wins(v, best);
    best = hn::IfThenElse(wins, v, best);
    const auto here = hn::Set(di, static_cast<hn::TFromD<DI>>(element));
    place = hn::IfThenElse(hn::RebindMask(di, wins), here, place);
  });
  return place;
}

template <class D, class VI>
HWY_INLINE hn::Mask<D> IsAt(D d, VI place, int64_t element) {
  const hn::RebindToSigned<D> di;
  using TI = hn::TFromD<decltype(di)>;
  return hn::RebindMask(d, hn::Eq(place, hn::Set(di, static_cast<TI>(element))));
}

template <class D, typename T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> Gather(D d, const Pixels& w, const T* x, const T* u) {
  const auto place = PlaceOfMax(d, w, x);
  hn::Vec<D> y = hn::Zero(d);
  ForEachPixel(w, [&](int64_t element, int64_t pixel) HWY_ATTR {
    y = hn::IfThenElse(IsAt(d, place, element), hn::LoadU(d, u + pixel), y);
  });
  return y;
}

template <bool kFresh, class D, typename T = hn::TFromD<D>>
HWY_INLINE void AddGrad(D d, const Pixels& w, const T* x, const T* dy, T* dx) {
  const auto place = PlaceOfMax(d, w, x);
  const auto cotangent = hn::LoadU(d, dy);
  ForEachPixel(w, [&](int64_t element, int64_t pixel) HWY_ATTR {
    const auto before = kFresh ? hn::Zero(d) : hn::LoadU(d, dx + pixel);
    const auto here = hn::IfThenElseZero(IsAt(d, place, element), cotangent);
    hn::StoreU(hn::Add(before, here), d, dx + pixel);
  });
}

// Calls f(vector tag, channel) for vectors of channels, then for the rest in short ones and one by
// one.
template <typename T, typename F>
HWY_INLINE void ForEachVector(int64_t channels, F f) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 16 / sizeof(T)> few;
  const hn::CappedTag<T, 1> one;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t few_lanes = static_cast<int64_t>(hn::Lanes(few));
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) f(d, c);
  for (; c + few_lanes <= channels; c += few_lanes) f(few, c);
  for (; c < channels; ++c) f(one, c);
}

// Calls f(window, offset of its first pixel, offset of its output) for a row of outputs.
template <typename F>
HWY_INLINE void ForEachWindow(const Sizes& s, int64_t row, F f) {
  const int64_t image = row / s.y.output, oy = row % s.y.output;
  const Range rows = s.y.InputsOf(oy);
  for (int64_t ox = 0; ox < s.x.output; ++ox) {
    const Range columns = s.x.InputsOf(ox);
    f(Pixels{rows.size(), columns.size(), s.x.input * s.channels, s.channels},
      s.Input(image, rows.begin, columns.begin), s.Output(image, oy, ox));
  }
}

template <typename T>
HWY_INLINE void MaxOf(const Sizes& s, const T* x, int64_t row, T* y) {
  ForEachWindow(s, row, [&](const Pixels& w, int64_t in, int64_t out) HWY_ATTR {
    if (w.empty()) {
      std::fill_n(y + out, s.channels, -std::numeric_limits<T>::infinity());
      return;
    }
    ForEachVector<T>(s.channels, [&](auto d, int64_t c) HWY_ATTR {
      hn::StoreU(Max(d, w, x + in + c), d, y + out + c);
    });
  });
}

template <typename T>
HWY_INLINE void GatherOf(const Sizes& s, const T* x, const T* u, int64_t row, T* y) {
  ForEachWindow(s, row, [&](const Pixels& w, int64_t in, int64_t out) HWY_ATTR {
    if (w.empty()) {
      std::fill_n(y + out, s.channels, T{0});
      return;
    }
    ForEachVector<T>(s.channels, [&](auto d, int64_t c) HWY_ATTR {
      hn::StoreU(Gather(d, w, x + in + c, u + in + c), d, y + out + c);
    });
  });
}

template <bool kFresh, typename T>
HWY_INLINE void GradOf(const Sizes& s, const T* x, const T* dy, int64_t row, T* dx) {
  ForEachWindow(s, row, [&](const Pixels& w, int64_t in, int64_t out) HWY_ATTR {
    if (w.empty()) return;
    ForEachVector<T>(s.channels, [&](auto d, int64_t c) HWY_ATTR {
      AddGrad<kFresh>(d, w, x + in + c, dy + out + c, dx + in + c);
    });
  });
}

void MaxFloat(const Sizes& s, const float* x, int64_t row, float* y) { MaxOf(s, x, row, y); }
void MaxDouble(const Sizes& s, const double* x, int64_t row, double* y) { MaxOf(s, x, row, y); }
void GatherFloat(const Sizes& s, const float* x, const float* u, int64_t row, float* y) {
  GatherOf(s, x, u, row, y);
}
void GatherDouble(const Sizes& s, const double* x, const double* u, int64_t row, double* y) {
  GatherOf(s, x, u, row, y);
}
void GradFloat(const Sizes& s, const float* x, const float* dy, int64_t row, bool fresh,
               float* dx) {
  fresh ? GradOf<true>(s, x, dy, row, dx) : GradOf<false>(s, x, dy, row, dx);
}
void GradDouble(const Sizes& s, const double* x, const double* dy, int64_t row, bool fresh,
                double* dx) {
  fresh ? GradOf<true>(s, x, dy, row, dx) : GradOf<false>(s, x, dy, row, dx);
}

}  // namespace dagrad::ops::pool2d_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::pool2d_internal {

HWY_EXPORT(MaxFloat);
HWY_EXPORT(MaxDouble);
HWY_EXPORT(GatherFloat);
HWY_EXPORT(GatherDouble);
HWY_EXPORT(GradFloat);
HWY_EXPORT(GradDouble);

template <>
void MaxRow(const Sizes& s, const float* x, int64_t row, float* y) {
  HWY_DYNAMIC_DISPATCH(MaxFloat)(s, x, row, y);
}
template <>
void MaxRow(const Sizes& s, const double* x, int64_t row, double* y) {
  HWY_DYNAMIC_DISPATCH(MaxDouble)(s, x, row, y);
}
template <>
void GatherRow(const Sizes& s, const float* x, const float* u, int64_t row, float* y) {
  HWY_DYNAMIC_DISPATCH(GatherFloat)(s, x, u, row, y);
}
template <>
void GatherRow(const Sizes& s, const double* x, const double* u, int64_t row, double* y) {
  HWY_DYNAMIC_DISPATCH(GatherDouble)(s, x, u, row, y);
}
template <>
void AddGradOfRow(const Sizes& s, const float* x, const float* dy, int64_t row, bool fresh,
                  float* dx) {
  HWY_DYNAMIC_DISPATCH(GradFloat)(s, x, dy, row, fresh, dx);
}
template <>
void AddGradOfRow(const Sizes& s, const double* x, const double* dy, int64_t row, bool fresh,
                  double* dx) {
  HWY_DYNAMIC_DISPATCH(GradDouble)(s, x, dy, row, fresh, dx);
}

}  // namespace dagrad::ops::pool2d_internal
#endif  // HWY_ONCE
