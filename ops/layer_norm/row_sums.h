#ifndef DAGRAD_OPS_LAYER_NORM_ROW_SUMS_H_
#define DAGRAD_OPS_LAYER_NORM_ROW_SUMS_H_

#include <algorithm>
#include <cstdint>

namespace dagrad::ops::layer_norm_internal {

struct TwoSums {
  double first = 0, second = 0;
};

// Σ_j f(j).first and Σ_j f(j).second over j in 0 … n-1, where f(j, &a, &b) gives its two terms: in
// float32 lanes over at most 64 terms each, joined in float64. The order depends on n alone. The
// compiler vectorizes the lanes.
template <typename F>
inline TwoSums SumOverRow(int64_t n, F f) {
  constexpr int64_t kLanes = 16, kBlock = 64 * kLanes;
  TwoSums total;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = std::min(n, begin + kBlock);
    float first[kLanes] = {}, second[kLanes] = {};
    int64_t j = begin;
    for (; j + kLanes <= end; j += kLanes) {
      for (int64_t k = 0; k < kLanes; ++k) {
        float a, b;
        f(j + k, &a, &b);
        first[k] += a;
        second[k] += b;
      }
    }
    for (int64_t k = 0; j < end; ++j, ++k) {
      float a, b;
      f(j, &a, &b);
      first[k] += a;
      second[k] += b;
    }
    for (int64_t k = 0; k < kLanes; ++k) {
      total.first += first[k];
      total.second += second[k];
    }
  }
  return total;
}

}  // namespace dagrad::ops::layer_norm_internal

#endif  // DAGRAD_OPS_LAYER_NORM_ROW_SUMS_H_
