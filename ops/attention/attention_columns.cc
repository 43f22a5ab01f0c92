#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/attention/attention_columns.cc"
#include "hwy/foreach_target.h"  // must come before highway.h

#include <limits>

#include "dagrad/ops/attention/attention_columns.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::attention_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, kPad>;
using V = hn::Vec<D>;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

// x within [-127, 128]; NaN stays NaN.
HWY_INLINE V Clamp(D d, V x) {
  const V least = hn::Set(d, -127.0f), most = hn::Set(d, 128.0f);
#if HWY_TARGET <= HWY_SSE2 && HWY_ARCH_X86  // whose Min and Max give the second one if one is NaN
  return hn::Min(most, hn::Max(least, x));
#else
  const V above = hn::IfThenElse(hn::Lt(x, least), least, x);
  return hn::IfThenElse(hn::Gt(above, most), most, above);
#endif
}

// 2^x; 0 below -126.5, +inf from 127.5 on, NaN for NaN. x is n + f with a whole n and |f| <= 1/2:
// adding kRound leaves n + 127, the exponent's bits, as the last bits of the sum. The polynomial of
// 2^f is by exp2_coefficients.py.
HWY_INLINE V Exp2Of(D d, V x) {
  constexpr float kCoefficients[] = {1.000000119e+00f, 6.931469440e-01f, 2.402212024e-01f,
                                     5.550713465e-02f, 9.675540961e-03f, 1.327646663e-03f};
  const hn::RebindToUnsigned<D> bits;
  const V kRound = hn::Set(d, 12582912.0f + 127);  // 1.5 · 2^23
  x = Clamp(d, x);
  const V sum = hn::Add(x, kRound);
  const V f = hn::Sub(x, hn::Sub(sum, kRound));
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(bits, sum)));
  V y = hn::Set(d, kCoefficients[5]);
  for (int i = 4; i >= 0; --i) y = hn::MulAdd(y, f, hn::Set(d, kCoefficients[i]));
  return hn::Mul(y, power);
}

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
    const V max = hn::Max(before, hn::Mul(hn::Max(even, odd), hn::Set(d, factor)));
    const V shift = hn::IfThenZeroElse(hn::Eq(max, hn::Set(d, kLowest)), max);
    const V correction = Exp2Of(d, hn::Sub(before, shift));
    hn::StoreU(max, d, r->max + i);
    hn::StoreU(shift, d, r->shift + i);
    hn::StoreU(correction, d, r->correction + i);
    hn::StoreU(hn::Mul(correction, hn::LoadU(d, r->sum + i)), d, r->sum + i);
  }
}

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
      const V e = Exp2Of(d, hn::MulSub(hn::LoadU(d, p), factors, shift));
      hn::StoreU(e, d, p);
      if (kSum) sum = hn::Add(sum, e);
    }
    if (kSum) hn::StoreU(hn::Add(hn::LoadU(d, sums + i), sum), d, sums + i);
  }
}

void Exp2Loop(float* s, int64_t keys, int64_t width, float factor, const float* shift) {
  Exp2Columns<false>(s, keys, width, factor, shift, nullptr);
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
HWY_EXPORT(Exp2AndSumLoop);
HWY_EXPORT(ScoreGradLoop);
HWY_EXPORT(ScaleRowsLoop);

void UpdateMax(const float* s, int64_t keys, int64_t width, float factor, Running* r) {
  HWY_DYNAMIC_DISPATCH(UpdateMaxLoop)(s, keys, width, factor, r);
}
void Exp2(float* s, int64_t keys, int64_t width, float factor, const float* shift) {
  HWY_DYNAMIC_DISPATCH(Exp2Loop)(s, keys, width, factor, shift);
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
