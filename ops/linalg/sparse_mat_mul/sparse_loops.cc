#include "dagrad/ops/linalg/sparse_mat_mul/sparse_loops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg/sparse_mat_mul/sparse_loops.cc"
#include "hwy/foreach_target.h"
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::sparse_mat_mul_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// One vector of y.
template <class D>
HWY_INLINE auto Sum(D d, const float* x, int64_t n, const int64_t* columns, const float* values,
                    int64_t count) {
  auto sum = hn::Mul(hn::Set(d, values[0]), hn::LoadU(d, x + columns[0] * n));
  for (int64_t t = 1; t < count; ++t)
    sum = hn::Add(sum, hn::Mul(hn::Set(d, values[t]), hn::LoadU(d, x + columns[t] * n)));
  return sum;
}

void SumLoop(const float* x, int64_t n, const int64_t* columns, const float* values, int64_t count,
             float* y) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> few;
  const hn::CappedTag<float, 1> one;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const int64_t few_lanes = static_cast<int64_t>(hn::Lanes(few));
  int64_t j = 0;
  for (; j + lanes <= n; j += lanes) hn::StoreU(Sum(d, x + j, n, columns, values, count), d, y + j);
  for (; j + few_lanes <= n; j += few_lanes)
    hn::StoreU(Sum(few, x + j, n, columns, values, count), few, y + j);
  for (; j < n; ++j) hn::StoreU(Sum(one, x + j, n, columns, values, count), one, y + j);
}

}  // namespace
}  // namespace dagrad::ops::sparse_mat_mul_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace dagrad::ops::sparse_mat_mul_internal {

HWY_EXPORT(SumLoop);

void SumOfRows(const float* x, int64_t n, const int64_t* columns, const float* values,
               int64_t count, float* y) {
  if (count == 0) return void(std::fill_n(y, n, 0.0f));
  HWY_DYNAMIC_DISPATCH(SumLoop)(x, n, columns, values, count, y);
}

}  // namespace dagrad::ops::sparse_mat_mul_internal
#endif  // HWY_ONCE
