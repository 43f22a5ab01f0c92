#include "dagrad/ops/nn/layer_norm/simd_rows.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/layer_norm/simd_rows.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::layer_norm_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using runtime::simd::HWY_NAMESPACE::LoadTail;
using runtime::simd::HWY_NAMESPACE::StoreTail;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// The elements from j on, of which `rest` are in the row; others are 0.
struct Part {
  int64_t j, rest;

  HWY_INLINE V Load(const float* p) const {
    const D d;
    return rest < static_cast<int64_t>(hn::Lanes(d)) ? LoadTail(d, p + j, rest)
                                                     : hn::LoadU(d, p + j);
  }
  HWY_INLINE void Store(V v, float* p) const {
    const D d;
    if (rest < static_cast<int64_t>(hn::Lanes(d))) {
      StoreTail(v, d, p + j, rest);
    } else {
      hn::StoreU(v, d, p + j);
    }
  }
};

// f(part) for the row's vectors, the last of which may be short.
template <class F>
HWY_INLINE void ForParts(int64_t begin, int64_t end, int64_t n, F f) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
  int64_t j = begin;
  for (; j + lanes <= end; j += lanes) f(Part{j, lanes});
  if (j < end) f(Part{j, n - j});
}

// terms(part, &a, &b) adds to a and b.
template <class F>
HWY_INLINE TwoSums Sums(int64_t n, F terms) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), block = 128 * lanes;
  TwoSums total;
  for (int64_t begin = 0; begin < n; begin += block) {
    // Two sums each, taken in turns: an addition need not wait for the one before.
    V a[2] = {hn::Zero(d), hn::Zero(d)}, b[2] = {hn::Zero(d), hn::Zero(d)};
    const int64_t end = std::min(n, begin + block), pairs = (end - begin) / (2 * lanes);
    for (int64_t p = 0; p < pairs; ++p) {
      terms(Part{begin + 2 * p * lanes, lanes}, &a[0], &b[0]);
      terms(Part{begin + (2 * p + 1) * lanes, lanes}, &a[1], &b[1]);
    }
    ForParts(begin + 2 * pairs * lanes, end, n,
             [&](const Part& part) HWY_ATTR { terms(part, &a[0], &b[0]); });
    total.first += hn::GetLane(hn::SumOfLanes(d, hn::Add(a[0], a[1])));
    total.second += hn::GetLane(hn::SumOfLanes(d, hn::Add(b[0], b[1])));
  }
  return total;
}

TwoSums MomentsLoop(const float* x, int64_t n, float shift) {
  const D d;
  const V shifts = hn::Set(d, shift);
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  return Sums(n, [&](const Part& part, V* a, V* b) HWY_ATTR {
    V difference = hn::Sub(part.Load(x), shifts);
    if (part.rest < lanes) {
      difference = hn::IfThenElseZero(hn::FirstN(d, part.rest), difference);
    }
    *a = hn::Add(*a, difference);
    *b = hn::MulAdd(difference, difference, *b);
  });
}

void NormalizeLoop(const float* x, int64_t n, float shift, float factor, float offset,
                   const float* gamma, const float* beta, float* y) {
  const D d;
  const V shifts = hn::Set(d, shift), factors = hn::Set(d, factor), offsets = hn::Set(d, offset);
  ForParts(0, n, n, [&](const Part& part) HWY_ATTR {
    const V x_hat = hn::MulAdd(hn::Sub(part.Load(x), shifts), factors, offsets);
    part.Store(hn::MulAdd(x_hat, part.Load(gamma), part.Load(beta)), y);
  });
}

HWY_INLINE V NormalizedPart(const GradRow& row, const Part& part) {
  const D d;
  const V centred = hn::Sub(part.Load(row.x), hn::Set(d, row.mean));
  return hn::MulSub(centred, hn::Set(d, row.s), hn::Set(d, row.offset));
}

TwoSums GradSumsLoop(const GradRow& row, int64_t n) {
  return Sums(n, [&](const Part& part, V* a, V* b) HWY_ATTR {
    const V g = hn::Mul(part.Load(row.dy), part.Load(row.gamma));  // 0 beyond the row
    *a = hn::Add(*a, g);
    *b = hn::MulAdd(g, NormalizedPart(row, part), *b);
  });
}

void TakeGradRowLoop(const GradRow& row, int64_t n, float mean_g, float mean_gx, float* dx,
                     float* dgamma, float* dbeta) {
  const D d;
  const V mean_gs = hn::Set(d, mean_g), mean_gxs = hn::Set(d, mean_gx), s = hn::Set(d, row.s);
  ForParts(0, n, n, [&](const Part& part) HWY_ATTR {
    const V dy = part.Load(row.dy), x_hat = NormalizedPart(row, part);
    const V centred = hn::MulSub(dy, part.Load(row.gamma), mean_gs);
    part.Store(hn::Mul(s, hn::NegMulAdd(x_hat, mean_gxs, centred)), dx);
    part.Store(hn::MulAdd(dy, x_hat, part.Load(dgamma)), dgamma);
    part.Store(hn::Add(dy, part.Load(dbeta)), dbeta);
  });
}

}  // namespace
}  // namespace dagrad::ops::layer_norm_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::layer_norm_internal {

HWY_EXPORT(MomentsLoop);
HWY_EXPORT(NormalizeLoop);
HWY_EXPORT(GradSumsLoop);
HWY_EXPORT(TakeGradRowLoop);

TwoSums Moments(const float* x, int64_t n, float shift) {
  return HWY_DYNAMIC_DISPATCH(MomentsLoop)(x, n, shift);
}
void Normalize(const float* x, int64_t n, float shift, float factor, float offset,
               const float* gamma, const float* beta, float* y) {
  HWY_DYNAMIC_DISPATCH(NormalizeLoop)(x, n, shift, factor, offset, gamma, beta, y);
}
TwoSums GradSums(const GradRow& row, int64_t n) {
  return HWY_DYNAMIC_DISPATCH(GradSumsLoop)(row, n);
}
void TakeGradRow(const GradRow& row, int64_t n, float mean_g, float mean_gx, float* dx,
                 float* dgamma, float* dbeta) {
  HWY_DYNAMIC_DISPATCH(TakeGradRowLoop)(row, n, mean_g, mean_gx, dx, dgamma, dbeta);
}

}  // namespace dagrad::ops::layer_norm_internal
#endif  // HWY_ONCE
