// Loads and stores of less than a vector, for every instruction set that foreach_target compiles
// for. They go through a buffer, since masked loads may read beyond the end on older ones.
#if defined(DAGRAD_RUNTIME_SIMD_TAIL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DAGRAD_RUNTIME_SIMD_TAIL_INL_H_
#undef DAGRAD_RUNTIME_SIMD_TAIL_INL_H_
#else
#define DAGRAD_RUNTIME_SIMD_TAIL_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::runtime::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The `n` elements at `p`, 0 <= n <= Lanes(d), and zeros.
template <class D, typename T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadTail(D d, const T* p, int64_t n) {
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)] = {};
  std::memcpy(buffer, p, n * sizeof(T));
  return hn::Load(d, buffer);
}

template <class D, class V, typename T = hn::TFromD<D>>
HWY_INLINE void StoreTail(V v, D d, T* p, int64_t n) {
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(v, d, buffer);
  std::memcpy(p, buffer, n * sizeof(T));
}

}  // namespace dagrad::runtime::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // DAGRAD_RUNTIME_SIMD_TAIL_INL_H_
