#include "dagrad/ops/nn/gelu/gelu_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/nn/gelu/gelu_loops.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/exp2.inc"
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::gelu_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = dagrad::runtime::simd::HWY_NAMESPACE;

using simd::Exp2InRange;
using simd::Exp2OfParts;
using simd::kExp2Round;
using simd::LoadTail;
using simd::StoreTail;

constexpr float kLog2E = 1.44269504f;
constexpr float kRootTwoOverPi = 0.797884561f;
constexpr float kCubic = 0.044715f;

// A function is taken as `near` where |x| < bound; beyond, and where x is NaN, as `above`, and as
// `below` for negative x.
template <class D, class V>
HWY_INLINE V Limits(D d, V x, float bound, V near, float below, V above) {
  const V beyond = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, below), above);
  return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, bound)), near, beyond);
}

// 1, but NaN where x is.
template <class D, class V>
HWY_INLINE V OneOrNan(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Set(d, 1.0f));
}

// With a = |x|: √(2π) φ(x) = e^(-a²/2), and Φ(-a) is that times a polynomial of a, which is
// positive and by math_coefficients.py. Beyond kBound, a Φ(-a) is below 1e-8.
struct ErfForm {
  static constexpr float kBound = 6;

  template <class D, class V>
  static HWY_INLINE void Parts(D d, V a, V* density, V* tail) {
    constexpr float kCoefficients[] = {4.999999702e-01f,  -3.989387453e-01f, 2.499457300e-01f,
                                       -1.326649636e-01f, 6.155934930e-02f,  -2.493710071e-02f,
                                       8.527087979e-03f,  -2.323233755e-03f, 4.697054101e-04f,
                                       -6.463905447e-05f, 5.316749593e-06f,  -1.950317738e-07f};
    const V factor = hn::Set(d, -kLog2E / 2), round = hn::Set(d, kExp2Round);
    const V square = hn::Mul(a, a), sum = hn::MulAdd(square, factor, round);
    *density = Exp2OfParts(d, sum, hn::MulSub(square, factor, hn::Sub(sum, round)));
    V y = hn::Set(d, kCoefficients[11]);
    for (int i = 10; i >= 0; --i) y = hn::MulAdd(y, a, hn::Set(d, kCoefficients[i]));
    *tail = hn::Mul(*density, y);
  }
  // Of the positive part of x, less a Φ(-a).
  template <class D, class V>
  static HWY_INLINE V Value(D d, V x) {
    const V a = hn::Abs(x);
    V density, tail;
    Parts(d, a, &density, &tail);
    const V positive = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, -0.0f), x);
    return Limits(d, x, kBound, hn::NegMulAdd(a, tail, positive), -0.0f, x);
  }
  // Φ(x) + x φ(x).
  template <class D, class V>
  static HWY_INLINE V Derivative(D d, V x) {
    V density, tail;
    Parts(d, hn::Abs(x), &density, &tail);
    const V one = hn::Set(d, 1.0f);
    const V phi = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(one, tail));
    const V xd = hn::Mul(x, hn::Set(d, kRootTwoOverPi / 2));
    return Limits(d, x, kBound, hn::MulAdd(xd, density, phi), 0.0f, OneOrNan(d, x));
  }
};

// y = x σ(2u) with u = √(2/π) (x + 0.044715 x³), since (1 + tanh u)/2 = σ(2u). Beyond kBound, σ is
// below 1e-37; up to there, e^-2u is no overflow.
struct TanhForm {
  static constexpr float kBound = 10;

  // e^(-2u) and σ(2u).
  template <class D, class V>
  static HWY_INLINE void Parts(D d, V x, V square, V* e, V* s) {
    constexpr float kFactor = -2 * kRootTwoOverPi * kLog2E;
    const V poly = hn::MulAdd(square, hn::Set(d, kCubic * kFactor), hn::Set(d, kFactor));
    const V one = hn::Set(d, 1.0f);
    *e = Exp2InRange(d, hn::Mul(x, poly));
    *s = hn::Div(one, hn::Add(one, *e));
  }
  template <class D, class V>
  static HWY_INLINE V Value(D d, V x) {
    V e, s;
    Parts(d, x, hn::Mul(x, x), &e, &s);
    return Limits(d, x, kBound, hn::Mul(x, s), -0.0f, x);
  }
  // σ + x σ (1 - σ) 2u', where 1 - σ = σ e^(-2u) loses nothing.
  template <class D, class V>
  static HWY_INLINE V Derivative(D d, V x) {
    const V square = hn::Mul(x, x);
    V e, s;
    Parts(d, x, square, &e, &s);
    const V slope =
        hn::MulAdd(square, hn::Set(d, 6 * kRootTwoOverPi * kCubic), hn::Set(d, 2 * kRootTwoOverPi));
    const V change = hn::Mul(hn::Mul(x, slope), hn::Mul(s, e));
    return Limits(d, x, kBound, hn::MulAdd(s, change, s), 0.0f, OneOrNan(d, x));
  }
};

template <class Form>
HWY_NOINLINE void Values(const float* x, int64_t n, float* y) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(Form::Value(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < n) StoreTail(Form::Value(d, LoadTail(d, x + i, n - i)), d, y + i, n - i);
}

template <class Form>
HWY_NOINLINE void Derivatives(const float* x, const float* dy, int64_t n, float* dx) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto derivative = Form::Derivative(d, hn::LoadU(d, x + i));
    hn::StoreU(hn::Mul(hn::LoadU(d, dy + i), derivative), d, dx + i);
  }
  if (i == n) return;
  const auto derivative = Form::Derivative(d, LoadTail(d, x + i, n - i));
  StoreTail(hn::Mul(LoadTail(d, dy + i, n - i), derivative), d, dx + i, n - i);
}

void GeluLoop(GeluForm form, const float* x, int64_t n, float* y) {
  form == GeluForm::kErf ? Values<ErfForm>(x, n, y) : Values<TanhForm>(x, n, y);
}
void GeluGradLoop(GeluForm form, const float* x, const float* dy, int64_t n, float* dx) {
  form == GeluForm::kErf ? Derivatives<ErfForm>(x, dy, n, dx) : Derivatives<TanhForm>(x, dy, n, dx);
}

}  // namespace
}  // namespace dagrad::ops::gelu_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::gelu_internal {

HWY_EXPORT(GeluLoop);
HWY_EXPORT(GeluGradLoop);

void Gelu(GeluForm form, const float* x, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(GeluLoop)(form, x, n, y);
}
void GeluGrad(GeluForm form, const float* x, const float* dy, int64_t n, float* dx) {
  HWY_DYNAMIC_DISPATCH(GeluGradLoop)(form, x, dy, n, dx);
}

}  // namespace dagrad::ops::gelu_internal
#endif  // HWY_ONCE
