#include "dagrad/ops/nn/conv/winograd_transforms.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/conv/winograd_transforms.cc"
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

using Floats = hn::CappedTag<float, 16>;
using V = hn::Vec<Floats>;
constexpr int64_t kLanes = hn::MaxLanes(Floats());
static_assert(kLanes <= kLeastChannels);

HWY_INLINE V Scale(float s, V v) { return hn::Mul(hn::Set(Floats(), s), v); }
// s * v + to
HWY_INLINE V AddScaled(V to, float s, V v) { return hn::MulAdd(hn::Set(Floats(), s), v, to); }

// Each map in one dimension; F(kM, 3).
template <int kM>
struct Maps;

template <>
struct Maps<2> {
  static constexpr int kN = 4;
  static HWY_INLINE void Input(const V* d, V* v) {
    v[0] = hn::Sub(d[0], d[2]);
    v[1] = hn::Add(d[1], d[2]);
    v[2] = hn::Sub(d[2], d[1]);
    v[3] = hn::Sub(d[3], d[1]);
  }
  static HWY_INLINE void Output(const V* p, V* y) {
    y[0] = hn::Add(p[0], hn::Add(p[1], p[2]));
    y[1] = hn::Add(hn::Sub(p[1], p[2]), p[3]);
  }
  static HWY_INLINE void Cotangent(const V* y, V* v) {
    v[0] = y[0];
    v[1] = hn::Add(y[0], y[1]);
    v[2] = hn::Sub(y[0], y[1]);
    v[3] = y[1];
  }
  static HWY_INLINE void Filter(const V* g, V* u) {
    const V even = Scale(0.5f, hn::Add(g[0], g[2])), odd = Scale(0.5f, g[1]);
    u[0] = g[0];
    u[1] = hn::Add(even, odd);
    u[2] = hn::Sub(even, odd);
    u[3] = g[2];
  }
  static HWY_INLINE void FilterCotangent(const V* p, V* g) {
    const V even = Scale(0.5f, hn::Add(p[1], p[2]));
    g[0] = hn::Add(p[0], even);
    g[1] = Scale(0.5f, hn::Sub(p[1], p[2]));
    g[2] = hn::Add(even, p[3]);
  }
};

// Points 0, ±a, ±b and ∞.
template <>
struct Maps<4> {
  static constexpr int kN = 6;
  static constexpr double a = 11.0 / 16, b = 3.0 / 2, a2 = a * a, b2 = b * b;
  // The products of a point's distances from the others.
  static constexpr double at_0 = a2 * b2, at_a = 2 * a2 * (a2 - b2), at_b = 2 * b2 * (b2 - a2);

  // Polynomials that vanish at all points but one.
  static HWY_INLINE void Input(const V* d, V* v) {
    const V even_a = AddScaled(d[4], -b2, d[2]), odd_a = Scale(a, AddScaled(d[3], -b2, d[1]));
    const V even_b = AddScaled(d[4], -a2, d[2]), odd_b = Scale(b, AddScaled(d[3], -a2, d[1]));
    v[0] = AddScaled(AddScaled(d[4], -(a2 + b2), d[2]), a2 * b2, d[0]);
    v[1] = hn::Add(even_a, odd_a);
    v[2] = hn::Sub(even_a, odd_a);
    v[3] = hn::Add(even_b, odd_b);
    v[4] = hn::Sub(even_b, odd_b);
    v[5] = AddScaled(AddScaled(d[5], -(a2 + b2), d[3]), a2 * b2, d[1]);
  }
  // Powers of the points.
  static HWY_INLINE void Output(const V* p, V* y) {
    const V even_a = hn::Add(p[1], p[2]), odd_a = hn::Sub(p[1], p[2]);
    const V even_b = hn::Add(p[3], p[4]), odd_b = hn::Sub(p[3], p[4]);
    y[0] = hn::Add(p[0], hn::Add(even_a, even_b));
    y[1] = AddScaled(Scale(a, odd_a), b, odd_b);
    y[2] = AddScaled(Scale(a2, even_a), b2, even_b);
    y[3] = AddScaled(AddScaled(p[5], a * a2, odd_a), b * b2, odd_b);
  }
  static HWY_INLINE void Cotangent(const V* y, V* v) {
    const V even_a = AddScaled(y[0], a2, y[2]), odd_a = Scale(a, AddScaled(y[1], a2, y[3]));
    const V even_b = AddScaled(y[0], b2, y[2]), odd_b = Scale(b, AddScaled(y[1], b2, y[3]));
    v[0] = y[0];
    v[1] = hn::Add(even_a, odd_a);
    v[2] = hn::Sub(even_a, odd_a);
    v[3] = hn::Add(even_b, odd_b);
    v[4] = hn::Sub(even_b, odd_b);
    v[5] = y[3];
  }
  static HWY_INLINE void Filter(const V* g, V* u) {
    const V even_a = Scale(1 / at_a, AddScaled(g[0], a2, g[2])), odd_a = Scale(a / at_a, g[1]);
    const V even_b = Scale(1 / at_b, AddScaled(g[0], b2, g[2])), odd_b = Scale(b / at_b, g[1]);
    u[0] = Scale(1 / at_0, g[0]);
    u[1] = hn::Add(even_a, odd_a);
    u[2] = hn::Sub(even_a, odd_a);
    u[3] = hn::Add(even_b, odd_b);
    u[4] = hn::Sub(even_b, odd_b);
    u[5] = g[2];
  }
  static HWY_INLINE void FilterCotangent(const V* p, V* g) {
    const V even_a = hn::Add(p[1], p[2]), odd_a = hn::Sub(p[1], p[2]);
    const V even_b = hn::Add(p[3], p[4]), odd_b = hn::Sub(p[3], p[4]);
    g[0] = AddScaled(AddScaled(Scale(1 / at_0, p[0]), 1 / at_a, even_a), 1 / at_b, even_b);
    g[1] = AddScaled(Scale(a / at_a, odd_a), b / at_b, odd_b);
    g[2] = AddScaled(AddScaled(p[5], a2 / at_a, even_a), b2 / at_b, even_b);
  }
};

// store(i, j, ·) of kMap Xᵀ of kMap X where X is kFrom x kFrom, element (i, j) of it load(i, j).
template <int kFrom, int kTo, void (*kMap)(const V*, V*), class Load, class Store>
HWY_INLINE void MapBoth(Load load, Store store) {
  V half[kTo][kFrom];
  HWY_UNROLL(6) for (int j = 0; j < kFrom; ++j) {
    V column[kFrom], mapped[kTo];
    HWY_UNROLL(6) for (int i = 0; i < kFrom; ++i) column[i] = load(i, j);
    kMap(column, mapped);
    HWY_UNROLL(6) for (int i = 0; i < kTo; ++i) half[i][j] = mapped[i];
  }
  HWY_UNROLL(6) for (int i = 0; i < kTo; ++i) {
    V mapped[kTo];
    kMap(half[i], mapped);
    HWY_UNROLL(6) for (int j = 0; j < kTo; ++j) store(i, j, mapped[j]);
  }
}

// f(first channel) for vectors that cover all channels; the last may take some a second time.
template <class F>
HWY_INLINE void ForVectors(int64_t channels, F f) {
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) f(c);
  if (c < channels) f(channels - kLanes);
}

template <typename T>
HWY_INLINE T* PixelOf(const TileOf<T>& t, int i, int j) {
  return t.image + ((t.y + i) * t.width + t.x + j) * t.pixel;
}

template <typename T>
HWY_INLINE bool IsInside(const TileOf<T>& t, int i, int j) {
  return t.y + i >= 0 && t.y + i < t.height && t.x + j >= 0 && t.x + j < t.width;
}

template <typename T>
HWY_INLINE bool IsWhole(const TileOf<T>& t, int size) {
  return IsInside(t, 0, 0) && IsInside(t, size - 1, size - 1);
}

template <int kFrom, int kTo, void (*kMap)(const V*, V*), bool kTogether>
HWY_INLINE bool TransformTile(const TileOf<const float>& t, Middle middle, float* to,
                              int64_t step) {
  const Floats d;
  Squares<kFrom, kTogether> squares;
  if (IsWhole(t, kFrom)) {
    const float* const first = PixelOf(t, 0, 0);
    const int64_t row = t.width * t.pixel, column = t.pixel;
    ForVectors(t.channels, [&](int64_t c) HWY_ATTR {
      MapBoth<kFrom, kTo, kMap>(
          [&](int i, int j) HWY_ATTR {
            return squares.Add(i, j, hn::LoadU(d, first + i * row + j * column + c));
          },
          [&](int i, int j, V v) HWY_ATTR { hn::StoreU(v, d, to + (i * kTo + j) * step + c); });
    });
    return squares.Count(middle);
  }
  const float* pixels[kFrom][kFrom];
  for (int i = 0; i < kFrom; ++i) {
    for (int j = 0; j < kFrom; ++j) pixels[i][j] = IsInside(t, i, j) ? PixelOf(t, i, j) : nullptr;
  }
  ForVectors(t.channels, [&](int64_t c) HWY_ATTR {
    MapBoth<kFrom, kTo, kMap>(
        [&](int i, int j) HWY_ATTR {
          // Zeros are added too: to leave them out would take longer.
          const float* const pixel = pixels[i][j];
          return squares.Add(i, j, pixel == nullptr ? hn::Zero(d) : hn::LoadU(d, pixel + c));
        },
        [&](int i, int j, V v) HWY_ATTR { hn::StoreU(v, d, to + (i * kTo + j) * step + c); });
  });
  return squares.Count(middle);
}

template <int kM, bool kTogether>
HWY_NOINLINE bool InputLoopOf(const TileOf<const float>& t, Middle middle, float* to,
                              int64_t step) {
  return TransformTile<kM + 2, kM + 2, Maps<kM>::Input, kTogether>(t, middle, to, step);
}

bool InputLoop(int m, const TileOf<const float>& t, Middle middle, float* to, int64_t step) {
  if (m == 4) return InputLoopOf<4, false>(t, middle, to, step);
  return middle.together ? InputLoopOf<2, true>(t, middle, to, step)
                         : InputLoopOf<2, false>(t, middle, to, step);
}

template <int kM>
HWY_NOINLINE bool CotangentLoopOf(const TileOf<const float>& t, float* to, int64_t step) {
  return TransformTile<kM, kM + 2, Maps<kM>::Cotangent, false>(t, {}, to, step);
}

bool CotangentLoop(int m, const TileOf<const float>& t, float* to, int64_t step) {
  return m == 2 ? CotangentLoopOf<2>(t, to, step) : CotangentLoopOf<4>(t, to, step);
}

// Of the vector at `place` of the image, `c` of a pixel.
HWY_INLINE V Finish(V v, const OutputEpilogue& e, int64_t place, int64_t c) {
  const Floats d;
  if (e.bias != nullptr) v = hn::Add(v, hn::LoadU(d, e.bias + c));
  if (e.residual != nullptr) v = hn::Add(v, hn::LoadU(d, e.residual + place));
  if (!e.relu) return v;
  const V most = hn::Set(d, e.most);
  v = hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), v);
  return hn::IfThenElse(hn::Gt(v, most), most, v);
}

template <int kM>
HWY_NOINLINE void OutputLoopOf(const float* p, int64_t step, const TileOf<float>& t,
                               const OutputEpilogue& e) {
  const Floats d;
  constexpr int kN = kM + 2;
  const bool whole = IsWhole(t, kM);
  ForVectors(t.channels, [&](int64_t c) HWY_ATTR {
    const auto load = [&](int i, int j)
                          HWY_ATTR { return hn::LoadU(d, p + (i * kN + j) * step + c); };
    MapBoth<kN, kM, Maps<kM>::Output>(load, [&](int i, int j, V v) HWY_ATTR {
      if (!whole && !IsInside(t, i, j)) return;
      float* const y = PixelOf(t, i, j) + c;
      hn::StoreU(Finish(v, e, y - t.image, c), d, y);
    });
  });
}

void OutputLoop(int m, const float* p, int64_t step, const TileOf<float>& t,
                const OutputEpilogue& e) {
  m == 2 ? OutputLoopOf<2>(p, step, t, e) : OutputLoopOf<4>(p, step, t, e);
}

void FinishLoop(int m, const float* p, int64_t step, const TileOf<float>& t,
                const OutputEpilogue& e) {
  const Floats d;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m; ++j) {
      if (!IsInside(t, i, j)) continue;
      float* const y = PixelOf(t, i, j);
      const float* const from = p + (i * m + j) * step;
      ForVectors(t.channels, [&](int64_t c) HWY_ATTR {
        hn::StoreU(Finish(hn::LoadU(d, from + c), e, y - t.image + c, c), d, y + c);
      });
    }
  }
}

HWY_INLINE V LoadUpTo(const float* p, int64_t n) {
  const Floats d;
  return n >= kLanes ? hn::LoadU(d, p) : simd::LoadTail(d, p, n);
}
HWY_INLINE void StoreUpTo(V v, float* p, int64_t n) {
  const Floats d;
  n >= kLanes ? hn::StoreU(v, d, p) : simd::StoreTail(v, d, p, n);
}

template <int kM>
HWY_NOINLINE void FiltersLoopOf(const Taps& taps, int64_t count, int64_t padded, float* to,
                                int64_t step) {
  for (int64_t k = 0; k < padded; k += kLanes) {
    const int64_t left = std::max<int64_t>(count - k, 0);
    MapBoth<3, kM + 2, Maps<kM>::Filter>(
        [&](int i, int j) HWY_ATTR {
          const int tap = taps.flipped ? 8 - (i * 3 + j) : i * 3 + j;
          return LoadUpTo(taps.g + tap * taps.tap_step + k, left);
        },
        [&](int i, int j, V v)
            HWY_ATTR { StoreUpTo(v, to + (i * (kM + 2) + j) * step + k, padded - k); });
  }
}

void FiltersLoop(int m, const Taps& taps, int64_t count, int64_t padded, float* to, int64_t step) {
  m == 2 ? FiltersLoopOf<2>(taps, count, padded, to, step)
         : FiltersLoopOf<4>(taps, count, padded, to, step);
}

// Positions and factors of a tap along one axis: g[0], g[1] and g[2] of Maps<m>::Filter's u.
struct TapTerms {
  int count;
  int at[2];
  float factor[2];
};
TapTerms TermsOf(int m, int tap) {
  if (tap == 2) return {1, {m + 1}, {1}};
  if (m == 2) return tap == 0 ? TapTerms{1, {0}, {1}} : TapTerms{2, {1, 2}, {1, -1}};
  using Four = Maps<4>;
  constexpr float kOfDifference = Four::at_a / (2 * Four::a);
  return tap == 0 ? TapTerms{1, {0}, {static_cast<float>(Four::at_0)}}
                  : TapTerms{2, {1, 2}, {kOfDifference, -kOfDifference}};
}

void TapLoop(int m, int tap, const float* p, int64_t step, int64_t count, float* to) {
  const TapTerms y = TermsOf(m, tap / 3), x = TermsOf(m, tap % 3);
  for (int64_t k = 0; k < count; k += kLanes) {
    V sum = hn::Zero(Floats());
    for (int i = 0; i < y.count; ++i) {
      for (int j = 0; j < x.count; ++j) {
        const float* const from = p + (y.at[i] * (m + 2) + x.at[j]) * step + k;
        sum = AddScaled(sum, y.factor[i] * x.factor[j], LoadUpTo(from, count - k));
      }
    }
    StoreUpTo(sum, to + k, count - k);
  }
}

template <int kM>
HWY_NOINLINE void FilterCotangentsLoopOf(const float* p, int64_t step, int64_t count, float* g,
                                         int64_t tap_step, bool add) {
  for (int64_t k = 0; k < count; k += kLanes) {
    MapBoth<kM + 2, 3, Maps<kM>::FilterCotangent>(
        [&](int i, int j)
            HWY_ATTR { return LoadUpTo(p + (i * (kM + 2) + j) * step + k, count - k); },
        [&](int i, int j, V v) HWY_ATTR {
          float* const to = g + (i * 3 + j) * tap_step + k;
          StoreUpTo(add ? hn::Add(v, LoadUpTo(to, count - k)) : v, to, count - k);
        });
  }
}

void FilterCotangentsLoop(int m, const float* p, int64_t step, int64_t count, float* g,
                          int64_t tap_step, bool add) {
  m == 2 ? FilterCotangentsLoopOf<2>(p, step, count, g, tap_step, add)
         : FilterCotangentsLoopOf<4>(p, step, count, g, tap_step, add);
}

}  // namespace
}  // namespace dagrad::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::winograd {
namespace {

HWY_EXPORT(InputLoop);
HWY_EXPORT(CotangentLoop);
HWY_EXPORT(OutputLoop);
HWY_EXPORT(FinishLoop);
HWY_EXPORT(FiltersLoop);
HWY_EXPORT(TapLoop);
HWY_EXPORT(FilterCotangentsLoop);

}  // namespace

bool TransformInput(int m, const TileOf<const float>& d, Middle middle, float* to, int64_t step) {
  return HWY_DYNAMIC_DISPATCH(InputLoop)(m, d, middle, to, step);
}
bool TransformCotangent(int m, const TileOf<const float>& y, float* to, int64_t step) {
  return HWY_DYNAMIC_DISPATCH(CotangentLoop)(m, y, to, step);
}
void TransformOutput(int m, const float* p, int64_t step, const TileOf<float>& y,
                     const OutputEpilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(OutputLoop)(m, p, step, y, epilogue);
}
void FinishOutput(int m, const float* p, int64_t step, const TileOf<float>& y,
                  const OutputEpilogue& epilogue) {
  HWY_DYNAMIC_DISPATCH(FinishLoop)(m, p, step, y, epilogue);
}
void TransformFilters(int m, const Taps& taps, int64_t count, int64_t padded, float* to,
                      int64_t step) {
  HWY_DYNAMIC_DISPATCH(FiltersLoop)(m, taps, count, padded, to, step);
}
void TapOfTransform(int m, int tap, const float* p, int64_t step, int64_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(TapLoop)(m, tap, p, step, count, to);
}
void TransformFilterCotangents(int m, const float* p, int64_t step, int64_t count, float* g,
                               int64_t tap_step, bool add) {
  HWY_DYNAMIC_DISPATCH(FilterCotangentsLoop)(m, p, step, count, g, tap_step, add);
}

}  // namespace dagrad::ops::winograd
#endif  // HWY_ONCE
