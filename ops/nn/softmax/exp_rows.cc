#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/softmax/exp_rows.cc"
#include "hwy/foreach_target.h"  // must come before highway.h

#include <algorithm>
#include <cstring>
#include <limits>

#include "dagrad/ops/nn/softmax/exp_rows.h"
#include "dagrad/runtime/simd/math.inc"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

// The last n < Lanes(d) elements of a row as a vector, filled up with -inf.
HWY_INLINE V LoadTail(D d, const float* x, int64_t n) {
  HWY_ALIGN float lanes[hn::MaxLanes(D())];
  hn::Store(hn::Set(d, kLowest), d, lanes);
  std::memcpy(lanes, x, n * sizeof(float));
  return hn::Load(d, lanes);
}

HWY_INLINE void StoreTail(D d, V v, float* y, int64_t n) {
  HWY_ALIGN float lanes[hn::MaxLanes(D())];
  hn::Store(v, d, lanes);
  std::memcpy(y, lanes, n * sizeof(float));
}

// exp(x - shift); hn::Exp takes neither NaN nor what lies beyond 104, where float32 has overflowed.
HWY_INLINE V ExpMinus(D d, V x, V shift) {
  const V difference = hn::Sub(x, shift);
  const V e = hn::Exp(d, hn::Min(difference, hn::Set(d, 104.0f)));
  return hn::IfThenElse(hn::IsNaN(difference), difference, e);
}

float Max(const float* x, int64_t n) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  V max = hn::Set(d, kLowest);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) max = hn::Max(max, hn::LoadU(d, x + i));
  if (i < n) max = hn::Max(max, LoadTail(d, x + i, n - i));
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

void ScaledExp(const float* x, int64_t n, float shift, float scale, float* y) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const V shifts = hn::Set(d, shift), scales = hn::Set(d, scale);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::Mul(scales, ExpMinus(d, hn::LoadU(d, x + i), shifts)), d, y + i);
  }
  if (i < n)
    StoreTail(d, hn::Mul(scales, ExpMinus(d, LoadTail(d, x + i, n - i), shifts)), y + i, n - i);
}

// Σ exp(x[i] - shift); the terms go to y unless it is null.
template <bool kStore>
double ExpAndSum(const float* x, int64_t n, float shift, float* y) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t block = 64 * lanes;
  const V shifts = hn::Set(d, shift);
  double total = 0;
  int64_t i = 0;
  while (i < n) {
    const int64_t end = std::min(n, i + block);
    V sum = hn::Zero(d);
    for (; i + lanes <= end; i += lanes) {
      const V e = ExpMinus(d, hn::LoadU(d, x + i), shifts);
      if constexpr (kStore) hn::StoreU(e, d, y + i);
      sum = hn::Add(sum, e);
    }
    if (i < end) {
      const V e = ExpMinus(d, LoadTail(d, x + i, end - i), shifts);
      if constexpr (kStore) StoreTail(d, e, y + i, end - i);
      sum = hn::Add(sum, e);
      i = end;
    }
    total += hn::GetLane(hn::SumOfLanes(d, sum));
  }
  return total;
}

double SumExp(const float* x, int64_t n, float shift) {
  return ExpAndSum<false>(x, n, shift, nullptr);
}
double StoreExpAndSum(const float* x, int64_t n, float shift, float* y) {
  return ExpAndSum<true>(x, n, shift, y);
}

// As LossOf in sigmoid_cross_entropy.cc.
HWY_INLINE V SigmoidCrossEntropyOf(D d, V x, V z) {
  const V zero = hn::Zero(d), a = hn::Abs(x);
  const V miss = hn::IfThenElse(hn::Lt(x, zero), z, hn::Sub(hn::Set(d, 1.0f), z));
  const V wrong = hn::IfThenZeroElse(hn::Eq(miss, zero), hn::Mul(a, miss));
  return hn::Add(wrong, runtime::simd::HWY_NAMESPACE::math::Softplus(d, hn::Neg(a)));
}

void SigmoidCrossEntropy(const float* x, const float* z, int64_t n, float* y) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(SigmoidCrossEntropyOf(d, hn::LoadU(d, x + i), hn::LoadU(d, z + i)), d, y + i);
  }
  if (i == n) return;
  const V tail = SigmoidCrossEntropyOf(d, LoadTail(d, x + i, n - i), LoadTail(d, z + i, n - i));
  StoreTail(d, tail, y + i, n - i);
}

}  // namespace dagrad::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops {

HWY_EXPORT(Max);
HWY_EXPORT(ScaledExp);
HWY_EXPORT(SumExp);
HWY_EXPORT(StoreExpAndSum);
HWY_EXPORT(SigmoidCrossEntropy);

float RowMax(const float* x, int64_t n) { return HWY_DYNAMIC_DISPATCH(Max)(x, n); }
void RowScaledExp(const float* x, int64_t n, float shift, float scale, float* y) {
  HWY_DYNAMIC_DISPATCH(ScaledExp)(x, n, shift, scale, y);
}
double RowSumExp(const float* x, int64_t n, float shift) {
  return HWY_DYNAMIC_DISPATCH(SumExp)(x, n, shift);
}
double RowExpAndSum(const float* x, int64_t n, float shift, float* y) {
  return HWY_DYNAMIC_DISPATCH(StoreExpAndSum)(x, n, shift, y);
}

void RowSigmoidCrossEntropy(const float* x, const float* z, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(SigmoidCrossEntropy)(x, z, n, y);
}

}  // namespace dagrad::ops
#endif  // HWY_ONCE
