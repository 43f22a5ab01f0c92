#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/attention/attention_columns.cc"
#include "hwy/foreach_target.h"  // must come before highway.h

#include <limits>

#include "dagrad/ops/nn/attention/attention_columns.h"
#include "dagrad/runtime/simd/exp2.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::attention_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = runtime::simd::HWY_NAMESPACE;

using D = hn::CappedTag<float, kPad>;
using V = hn::Vec<D>;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

void UpdateMaxLoop(const float* s, int64_t keys, int64_t width, float factor, Running* r) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < width; i += lanes) {
    V even = hn::Set(d, kLowest), odd = even;
    int64_t j = 0;
    for (; j + 2 <= keys; j += 2) {
      even = hn::Max(even, hn::LoadU(d, s + j * kStride + i));
      odd = hn::Max(odd, hn::LoadU(d, s + (j + 1) * kStride + i));
    }
    if (j < keys) even = hn::Max(even, hn::LoadU(d, s + j * kStride + i));
    const V before = hn::LoadU(d, r->max + i);
    const V max = hn::Max(before, hn::Max(even, odd));
    const V shift = hn::IfThenZeroElse(hn::Eq(max, hn::Set(d, kLowest)), max);
    const V correction = simd::Exp2(d, hn::Mul(hn::Sub(before, shift), hn::Set(d, factor)));
    hn::StoreU(max, d, r->max + i);
    hn::StoreU(shift, d, r->shift + i);
    hn::StoreU(correction, d, r->correction + i);
    hn::StoreU(hn::Mul(correction, hn::LoadU(d, r->sum + i)), d, r->sum + i);
  }
}

// Where sums are taken, the shift is one of the scores, of any size: their difference comes first.
template <bool kSum>
HWY_INLINE void Exp2Columns(float* s, int64_t keys, int64_t width, float factor,
                            const float* shifts, float* sums) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const V factors = hn::Set(d, factor);
  for (int64_t i = 0; i < width; i += lanes) {
    const V shift = hn::LoadU(d, shifts + i);
    V sum = hn::Zero(d);
    for (float* p = s + i; p < s + keys * kStride; p += kStride) {
      const V score = hn::LoadU(d, p);
      const V e = simd::Exp2(
          d, kSum ? hn::Mul(hn::Sub(score, shift), factors) : hn::MulSub(score, factors, shift));
      hn::StoreU(e, d, p);
      if (kSum) sum = hn::Add(sum, e);
    }
    if (kSum) hn::StoreU(hn::Add(hn::LoadU(d, sums + i), sum), d, sums + i);
  }
}

void Exp2Loop(float* s, int64_t keys, int64_t width, float factor, const float* shift) {
  Exp2Columns<false>(s, keys, width, factor, shift, nullptr);
}

void Exp2OfDifferenceLoop(float* s, int64_t keys, int64_t width, float factor, const float* shifts,
                          const float* rests) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const V factors = hn::Set(d, factor);
  for (int64_t i = 0; i < width; i += lanes) {
    const V shift = hn::LoadU(d, shifts + i), rest = hn::LoadU(d, rests + i);
    for (float* p = s + i; p < s + keys * kStride; p += kStride) {
      const V difference = hn::Sub(hn::LoadU(d, p), shift);
      hn::StoreU(simd::Exp2(d, hn::MulSub(difference, factors, rest)), d, p);
    }
  }
}

void Exp2AndSumLoop(float* s, int64_t keys, int64_t width, float factor, Running* r) {
  Exp2Columns<true>(s, keys, width, factor, r->shift, r->sum);
}

void ScoreGradLoop(const float* p, int64_t keys, int64_t width, const float* delta, float factor,
                   float* ds) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < width; i += lanes) {
    const V deltas = hn::LoadU(d, delta + i), factors = hn::Set(d, factor);
    for (int64_t j = i; j < keys * kStride; j += kStride) {
      const V difference = hn::Sub(hn::LoadU(d, ds + j), deltas);
      hn::StoreU(hn::Mul(hn::Mul(factors, hn::LoadU(d, p + j)), difference), d, ds + j);
    }
  }
}

void ScaleRowsLoop(float* y, int64_t ld, int64_t rows, int64_t n, const float* factors) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < rows; ++i, y += ld) {
    const V factor = hn::Set(d, factors[i]);
    int64_t j = 0;
    for (; j + lanes <= n; j += lanes) hn::StoreU(hn::Mul(factor, hn::LoadU(d, y + j)), d, y + j);
    for (; j < n; ++j) y[j] *= factors[i];
  }
}

}  // namespace
}  // namespace dagrad::ops::attention_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::attention_internal {

HWY_EXPORT(UpdateMaxLoop);
HWY_EXPORT(Exp2Loop);
HWY_EXPORT(Exp2OfDifferenceLoop);
HWY_EXPORT(Exp2AndSumLoop);
HWY_EXPORT(ScoreGradLoop);
HWY_EXPORT(ScaleRowsLoop);

void UpdateMax(const float* s, int64_t keys, int64_t width, float factor, Running* r) {
  HWY_DYNAMIC_DISPATCH(UpdateMaxLoop)(s, keys, width, factor, r);
}
void Exp2(float* s, int64_t keys, int64_t width, float factor, const float* shift) {
  HWY_DYNAMIC_DISPATCH(Exp2Loop)(s, keys, width, factor, shift);
}
void Exp2OfDifference(float* s, int64_t keys, int64_t width, float factor, const float* shift,
                      const float* rest) {
  HWY_DYNAMIC_DISPATCH(Exp2OfDifferenceLoop)(s, keys, width, factor, shift, rest);
}
void Exp2AndSum(float* s, int64_t keys, int64_t width, float factor, Running* r) {
  HWY_DYNAMIC_DISPATCH(Exp2AndSumLoop)(s, keys, width, factor, r);
}
void ScoreGrad(const float* p, int64_t keys, int64_t width, const float* delta, float factor,
               float* ds) {
  HWY_DYNAMIC_DISPATCH(ScoreGradLoop)(p, keys, width, delta, factor, ds);
}
void ScaleRows(float* y, int64_t ld, int64_t rows, int64_t n, const float* factors) {
  HWY_DYNAMIC_DISPATCH(ScaleRowsLoop)(y, ld, rows, n, factors);
}

}  // namespace dagrad::ops::attention_internal
#endif  // HWY_ONCE
