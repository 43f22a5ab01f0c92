#include "dagrad/ops/nn/conv/depthwise_loops.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/conv/depthwise_loops.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::conv2d_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = dagrad::runtime::simd::HWY_NAMESPACE;

using simd::LoadTail;
using simd::StoreTail;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
constexpr int64_t kLanes = hn::MaxLanes(Floats());

// Vectors of channels side by side, as far as there are registers.
#if HWY_TARGET <= HWY_AVX3
constexpr int kVectors = 2;
#else
constexpr int kVectors = 1;
#endif

// As much of a window as stays in registers with its filter or its sums; larger ones are taken in
// parts of so many rows and columns.
constexpr int kSide = 3;

struct Args {
  DepthwiseRun run;
  bool add;      // to the target
  int64_t last;  // elements of the vector, if it is not whole
  const float* source;
  const float* filter;
  float* target;
};

template <bool kWhole>
HWY_INLINE Vector Get(const float* p, int64_t n) {
  return kWhole ? hn::LoadU(Floats(), p) : LoadTail(Floats(), p, n);
}

template <bool kWhole>
HWY_INLINE void Put(Vector v, float* p, int64_t n) {
  if (kWhole) {
    hn::StoreU(v, Floats(), p);
  } else {
    StoreTail(v, Floats(), p, n);
  }
}

// kVectors vectors of channels, or, if !kWhole, a part of one.
struct Forward {
  template <int kRows, int kColumns, int kVectors, bool kWhole>
  static HWY_INLINE void Run(const Args& a) {
    Vector filter[kRows][kColumns][kVectors];
    const float* row[kRows];
    HWY_UNROLL(3) for (int i = 0; i < kRows; ++i) {
      row[i] = a.source + i * a.run.source.row;
      HWY_UNROLL(3) for (int j = 0; j < kColumns; ++j) {
        const float* const f = a.filter + i * a.run.filter.row + j * a.run.filter.column;
        HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
          filter[i][j][v] = Get<kWhole>(f + v * kLanes, a.last);
        }
      }
    }
    const int64_t step = a.run.source.pixel, column = a.run.source.column, last = a.last;
    const bool add = a.add;
    float* target = a.target;
    for (int64_t t = a.run.count; t > 0; --t, target += a.run.target_step) {
      Vector sum[kVectors];
      HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(Floats());
      HWY_UNROLL(3) for (int i = 0; i < kRows; ++i) {
        HWY_UNROLL(3) for (int j = 0; j < kColumns; ++j) {
          HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
            sum[v] = hn::MulAdd(Get<kWhole>(row[i] + j * column + v * kLanes, last),
                                filter[i][j][v], sum[v]);
          }
        }
        row[i] += step;
      }
      HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
        float* const to = target + v * kLanes;
        Put<kWhole>(add ? hn::Add(sum[v], Get<kWhole>(to, last)) : sum[v], to, last);
      }
    }
  }
};

// The same, where `target` is read and the filter added to.
struct FilterGrad {
  template <int kRows, int kColumns, int kVectors, bool kWhole>
  static HWY_INLINE void Run(const Args& a) {
    Vector sum[kRows][kColumns][kVectors];
    const float* row[kRows];
    HWY_UNROLL(3) for (int i = 0; i < kRows; ++i) {
      row[i] = a.source + i * a.run.source.row;
      HWY_UNROLL(3) for (int j = 0; j < kColumns; ++j) {
        HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) sum[i][j][v] = hn::Zero(Floats());
      }
    }
    const int64_t step = a.run.source.pixel, column = a.run.source.column, last = a.last;
    const float* target = a.target;
    for (int64_t t = a.run.count; t > 0; --t, target += a.run.target_step) {
      Vector y[kVectors];
      HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
        y[v] = Get<kWhole>(target + v * kLanes, last);
      }
      HWY_UNROLL(3) for (int i = 0; i < kRows; ++i) {
        HWY_UNROLL(3) for (int j = 0; j < kColumns; ++j) {
          HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
            sum[i][j][v] =
                hn::MulAdd(Get<kWhole>(row[i] + j * column + v * kLanes, last), y[v], sum[i][j][v]);
          }
        }
        row[i] += step;
      }
    }
    AddTo<kRows, kColumns, kVectors, kWhole>(sum, a);
  }

  template <int kRows, int kColumns, int kVectors, bool kWhole>
  static HWY_INLINE void AddTo(const Vector (&sum)[kRows][kColumns][kVectors], const Args& a) {
    HWY_UNROLL(3) for (int i = 0; i < kRows; ++i) {
      HWY_UNROLL(3) for (int j = 0; j < kColumns; ++j) {
        HWY_UNROLL(2) for (int v = 0; v < kVectors; ++v) {
          float* const f = const_cast<float*>(a.filter) + i * a.run.filter.row +
                           j * a.run.filter.column + v * kLanes;
          Put<kWhole>(hn::Add(Get<kWhole>(f, a.last), sum[i][j][v]), f, a.last);
        }
      }
    }
  }
};

// All channels.
template <class F, int kRows, int kColumns>
HWY_NOINLINE void Vectors(int64_t channels, Args a) {
  const auto next = [&](int64_t n) {
    a.source += n;
    a.filter += n;
    a.target += n;
    channels -= n;
  };
  for (; channels >= kVectors * kLanes; next(kVectors * kLanes)) {
    F::template Run<kRows, kColumns, kVectors, true>(a);
  }
  for (; channels >= kLanes; next(kLanes)) F::template Run<kRows, kColumns, 1, true>(a);
  a.last = channels;
  if (channels > 0) F::template Run<kRows, kColumns, 1, false>(a);
}

using Function = void (*)(int64_t channels, Args);

template <class F>
constexpr Function kFunctions[kSide][kSide] = {
    {Vectors<F, 1, 1>, Vectors<F, 1, 2>, Vectors<F, 1, 3>},
    {Vectors<F, 2, 1>, Vectors<F, 2, 2>, Vectors<F, 2, 3>},
    {Vectors<F, 3, 1>, Vectors<F, 3, 2>, Vectors<F, 3, 3>}};

template <class F>
HWY_INLINE void Parts(int64_t channels, const Args& all) {
  const DepthwiseRun& run = all.run;
  for (int64_t i = 0; i < run.rows; i += kSide) {
    for (int64_t j = 0; j < run.columns; j += kSide) {
      Args a = all;
      a.source += i * run.source.row + j * run.source.column;
      a.filter += i * run.filter.row + j * run.filter.column;
      a.add = i + j > 0;
      const int64_t rows = std::min<int64_t>(run.rows - i, kSide);
      const int64_t columns = std::min<int64_t>(run.columns - j, kSide);
      kFunctions<F>[rows - 1][columns - 1](channels, a);
    }
  }
}

void ForwardLoop(const DepthwiseRun& run, int64_t channels, const float* source,
                 const float* filter, float* target) {
  Parts<Forward>(channels, {run, false, 0, source, filter, target});
  if (run.rows * run.columns > 0) return;
  for (int64_t t = 0; t < run.count; ++t) std::fill_n(target + t * run.target_step, channels, 0.0f);
}

void FilterGradLoop(const DepthwiseRun& run, int64_t channels, const float* source,
                    const float* target, float* filter) {
  Parts<FilterGrad>(channels, {run, false, 0, source, filter, const_cast<float*>(target)});
}

}  // namespace
}  // namespace dagrad::ops::conv2d_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::conv2d_internal {
namespace {

HWY_EXPORT(ForwardLoop);
HWY_EXPORT(FilterGradLoop);

}  // namespace

void DepthwiseForward(const DepthwiseRun& run, int64_t channels, const float* source,
                      const float* filter, float* target) {
  HWY_DYNAMIC_DISPATCH(ForwardLoop)(run, channels, source, filter, target);
}

void DepthwiseFilterGrad(const DepthwiseRun& run, int64_t channels, const float* source,
                         const float* target, float* filter) {
  HWY_DYNAMIC_DISPATCH(FilterGradLoop)(run, channels, source, target, filter);
}

}  // namespace dagrad::ops::conv2d_internal
#endif  // HWY_ONCE
