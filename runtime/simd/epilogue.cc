#include "dagrad/runtime/simd/epilogue.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/simd/epilogue.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::runtime::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

template <bool kResidual, bool kRelu>
void Run(int64_t rows, int64_t cols, const Epilogue& e, float* y) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const Vector zero = hn::Zero(d), most = hn::Set(d, e.most);
  const auto activate = [&](Vector v) {
    if constexpr (!kRelu) return v;
    v = hn::IfThenZeroElse(hn::Le(v, zero), v);
    return hn::IfThenElse(hn::Gt(v, most), most, v);
  };
  const float* residual = e.residual;
  for (int64_t r = 0; r < rows; ++r, y += cols) {
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      Vector v = hn::Add(hn::LoadU(d, y + c), hn::LoadU(d, e.bias + c));
      if constexpr (kResidual) v = hn::Add(v, hn::LoadU(d, residual + c));
      hn::StoreU(activate(v), d, y + c);
    }
    if (c < cols) {
      const int64_t rest = cols - c;
      Vector v = hn::Add(LoadTail(d, y + c, rest), LoadTail(d, e.bias + c, rest));
      if constexpr (kResidual) v = hn::Add(v, LoadTail(d, residual + c, rest));
      StoreTail(activate(v), d, y + c, rest);
    }
    if constexpr (kResidual) residual += cols;
  }
}

void Choose(int64_t rows, int64_t cols, const Epilogue& e, float* y) {
  if (e.residual != nullptr)
    return e.relu ? Run<true, true>(rows, cols, e, y) : Run<true, false>(rows, cols, e, y);
  return e.relu ? Run<false, true>(rows, cols, e, y) : Run<false, false>(rows, cols, e, y);
}

}  // namespace
}  // namespace dagrad::runtime::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::runtime::simd {

HWY_EXPORT(Choose);

void Finish(int64_t rows, int64_t cols, const Epilogue& epilogue, float* y) {
  HWY_DYNAMIC_DISPATCH(Choose)(rows, cols, epilogue, y);
}

}  // namespace dagrad::runtime::simd
#endif  // HWY_ONCE
