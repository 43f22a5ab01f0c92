#include "dagrad/ops/training/adam_update/adam_loop.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/training/adam_update/adam_loop.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::adam_update_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = dagrad::runtime::simd::HWY_NAMESPACE;

using simd::LoadTail;
using simd::StoreTail;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

struct Updated {
  Vector w, m, v;
};

HWY_INLINE Updated Update(const AdamCoefficients& c, Vector w, Vector g, Vector m, Vector v) {
  const Floats d;
  m = hn::Add(m, hn::Mul(hn::Sub(g, m), hn::Set(d, c.one_minus_beta_1)));
  v = hn::Add(v, hn::Mul(hn::Sub(hn::Mul(g, g), v), hn::Set(d, c.one_minus_beta_2)));
  const Vector root = hn::Add(hn::Sqrt(v), hn::Set(d, c.epsilon));
  w = hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, c.step_size), m), root));
  return {w, m, v};
}

void Run(const AdamCoefficients& c, int64_t n, const AdamInputs& in, const AdamOutputs& out) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const Updated u = Update(c, hn::LoadU(d, in.w + i), hn::LoadU(d, in.gradient + i),
                             hn::LoadU(d, in.m + i), hn::LoadU(d, in.v + i));
    hn::StoreU(u.w, d, out.w + i);
    hn::StoreU(u.m, d, out.m + i);
    hn::StoreU(u.v, d, out.v + i);
  }
  const int64_t rest = n - i;
  if (rest == 0) return;
  const Updated u = Update(c, LoadTail(d, in.w + i, rest), LoadTail(d, in.gradient + i, rest),
                           LoadTail(d, in.m + i, rest), LoadTail(d, in.v + i, rest));
  StoreTail(u.w, d, out.w + i, rest);
  StoreTail(u.m, d, out.m + i, rest);
  StoreTail(u.v, d, out.v + i, rest);
}

}  // namespace
}  // namespace dagrad::ops::adam_update_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::adam_update_internal {

HWY_EXPORT(Run);

void AdamLoop(const AdamCoefficients& c, int64_t n, const AdamInputs& in, const AdamOutputs& out) {
  HWY_DYNAMIC_DISPATCH(Run)(c, n, in, out);
}

}  // namespace dagrad::ops::adam_update_internal
#endif  // HWY_ONCE
