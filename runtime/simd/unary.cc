#include "dagrad/runtime/simd/unary.h"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/simd/unary.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/math.inc"
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::runtime::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr float kInf = std::numeric_limits<float>::infinity();

struct NegOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Neg(x);
  }
};

struct AbsOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Abs(x);
  }
};

// x itself where it is NaN.
struct SignOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V negative_or_nan = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, -1.0f), x);
    const V nonzero = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Set(d, 1.0f), negative_or_nan);
    return hn::IfThenZeroElse(hn::Eq(x, hn::Zero(d)), nonzero);
  }
};

struct SquareOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Mul(x, x);
  }
};

struct ReluOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenZeroElse(hn::Le(x, hn::Zero(d)), x);
  }
};

struct Relu6Of {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V six = hn::Set(d, 6.0f);
    return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), hn::IfThenElse(hn::Ge(x, six), six, x));
  }
};

struct SqrtOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::Sqrt(x);
  }
};

struct RsqrtOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1.0f), hn::Sqrt(x));
  }
};

struct ReciprocalOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1.0f), x);
  }
};

// The sign of x keeps -0, which Highway loses on older processors.
struct FloorOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::CopySign(hn::Floor(x), x);
  }
};

struct CeilOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::CopySign(hn::Ceil(x), x);
  }
};

struct RoundOf {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return hn::CopySign(hn::Round(x), x);
  }
};

struct LeakyReluOf {
  float alpha;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Le(x, hn::Zero(d)), hn::Mul(hn::Set(d, alpha), x), x);
  }
};

// Highway's holds within a range; beyond 104 e^x is infinite anyway.
struct ExpOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::KeepNan(x, hn::Exp(d, hn::Min(x, hn::Set(d, 104.0f))));
  }
};

struct Expm1Of {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Expm1(d, x);
  }
};

// f's value where 0 < argument < ∞, else the limits of ln(argument).
template <class D, class V>
HWY_INLINE V LogLimits(D d, V argument, V value) {
  const V nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  V y = hn::IfThenElse(hn::Eq(argument, hn::Set(d, kInf)), argument, value);
  y = hn::IfThenElse(hn::Eq(argument, hn::Zero(d)), hn::Set(d, -kInf), y);
  return math::KeepNan(argument, hn::IfThenElse(hn::Lt(argument, hn::Zero(d)), nan, y));
}

struct LogOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return LogLimits(d, x, hn::Log(d, x));
  }
};

struct Log1pOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return LogLimits(d, hn::Add(x, hn::Set(d, 1.0f)), math::Log1p(d, x));
  }
};

// Sin and Cos reduce arguments up to 30000 only. The lanes beyond are the C library's of float64.
template <class D, class V>
HWY_INLINE V PatchLarge(D d, V x, V y, double (*f)(double)) {
  const auto small = hn::Lt(hn::Abs(x), hn::Set(d, 30000.0f));
  if (HWY_LIKELY(hn::AllTrue(d, small))) return y;
  HWY_ALIGN float xs[HWY_MAX_BYTES / sizeof(float)];
  HWY_ALIGN float ys[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(x, d, xs);
  hn::Store(y, d, ys);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    if (!(std::abs(xs[i]) < 30000.0f)) ys[i] = static_cast<float>(f(xs[i]));
  }
  return hn::Load(d, ys);
}

struct SinOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, math::Sin(d, x));
    return PatchLarge(d, x, y, [](double v) { return std::sin(v); });
  }
};

struct CosOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return PatchLarge(d, x, math::Cos(d, x), [](double v) { return std::cos(v); });
  }
};

struct TanhOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Tanh(d, x);
  }
};

struct SigmoidOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Sigmoid(d, x);
  }
};

struct SoftplusOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Softplus(d, x);
  }
};

struct SoftsignOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = hn::Set(d, 1.0f), a = hn::Abs(x);
    const V y = hn::Div(x, hn::Add(one, a));
    return hn::IfThenElse(hn::Eq(a, hn::Set(d, kInf)), hn::CopySign(one, x), y);
  }
};

struct SinhOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Sinh(d, x);
  }
};

struct CoshOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Cosh(d, x);
  }
};

struct ErfOf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return math::Erf(d, x);
  }
};

struct EluOf {
  float alpha;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V below = hn::Mul(hn::Set(d, alpha), math::Expm1(d, x));
    return hn::IfThenElse(hn::Le(x, hn::Zero(d)), below, x);
  }
};

template <class F>
HWY_NOINLINE void Loop(F f, const float* x, int64_t n, float* y) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < n) StoreTail(f(d, LoadTail(d, x + i, n - i)), d, y + i, n - i);
}

void SimpleLoop(UnaryFunction f, float alpha, const float* x, int64_t n, float* y) {
  switch (f) {
    case UnaryFunction::kNeg:
      return Loop(NegOf(), x, n, y);
    case UnaryFunction::kAbs:
      return Loop(AbsOf(), x, n, y);
    case UnaryFunction::kSign:
      return Loop(SignOf(), x, n, y);
    case UnaryFunction::kSquare:
      return Loop(SquareOf(), x, n, y);
    case UnaryFunction::kRelu:
      return Loop(ReluOf(), x, n, y);
    case UnaryFunction::kRelu6:
      return Loop(Relu6Of(), x, n, y);
    case UnaryFunction::kSqrt:
      return Loop(SqrtOf(), x, n, y);
    case UnaryFunction::kRsqrt:
      return Loop(RsqrtOf(), x, n, y);
    case UnaryFunction::kReciprocal:
      return Loop(ReciprocalOf(), x, n, y);
    case UnaryFunction::kFloor:
      return Loop(FloorOf(), x, n, y);
    case UnaryFunction::kCeil:
      return Loop(CeilOf(), x, n, y);
    case UnaryFunction::kRound:
      return Loop(RoundOf(), x, n, y);
    default:
      return Loop(LeakyReluOf{alpha}, x, n, y);
  }
}

void UnaryLoop(UnaryFunction f, float alpha, const float* x, int64_t n, float* y) {
  switch (f) {
    case UnaryFunction::kExp:
      return Loop(ExpOf(), x, n, y);
    case UnaryFunction::kExpm1:
      return Loop(Expm1Of(), x, n, y);
    case UnaryFunction::kLog:
      return Loop(LogOf(), x, n, y);
    case UnaryFunction::kLog1p:
      return Loop(Log1pOf(), x, n, y);
    case UnaryFunction::kSin:
      return Loop(SinOf(), x, n, y);
    case UnaryFunction::kCos:
      return Loop(CosOf(), x, n, y);
    case UnaryFunction::kSinh:
      return Loop(SinhOf(), x, n, y);
    case UnaryFunction::kCosh:
      return Loop(CoshOf(), x, n, y);
    case UnaryFunction::kTanh:
      return Loop(TanhOf(), x, n, y);
    case UnaryFunction::kSigmoid:
      return Loop(SigmoidOf(), x, n, y);
    case UnaryFunction::kSoftplus:
      return Loop(SoftplusOf(), x, n, y);
    case UnaryFunction::kSoftsign:
      return Loop(SoftsignOf(), x, n, y);
    case UnaryFunction::kErf:
      return Loop(ErfOf(), x, n, y);
    case UnaryFunction::kElu:
      return Loop(EluOf{alpha}, x, n, y);
    default:
      return SimpleLoop(f, alpha, x, n, y);
  }
}

}  // namespace
}  // namespace dagrad::runtime::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::runtime::simd {

HWY_EXPORT(UnaryLoop);

void Unary(UnaryFunction f, float alpha, const float* x, int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(UnaryLoop)(f, alpha, x, n, y);
}

}  // namespace dagrad::runtime::simd
#endif  // HWY_ONCE
