#ifndef DAGRAD_OPS_REDUCTION_SUMS_SUMS_H_
#define DAGRAD_OPS_REDUCTION_SUMS_SUMS_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// Sums in float64 whose error hardly grows with the number of terms, in an order that this number
// alone decides.
namespace dagrad::ops {

// A sum that keeps what its additions round away, so that its own rounding is the last one only.
// Source: Knuth, "The art of computer programming", volume 2, 4.2.2, theorem B.
class CompensatedSum {
 public:
  CompensatedSum() = default;
  explicit CompensatedSum(double value) : sum_(value) {}

  CompensatedSum& operator+=(double term) {
    const double sum = sum_ + term;
    const double added = sum - sum_;
    rest_ += (sum_ - (sum - added)) + (term - added);
    sum_ = sum;
    return *this;
  }
  friend CompensatedSum operator+(CompensatedSum a, const CompensatedSum& b) {
    a += b.sum_;
    a.rest_ += b.rest_;
    return a;
  }
  // The rest of an infinite sum is NaN.
  explicit operator double() const { return std::isfinite(sum_) ? sum_ + rest_ : sum_; }

 private:
  double sum_ = 0, rest_ = 0;
};

// So many terms are added up plainly before the sum is compensated.
inline constexpr int64_t kPlainTerms = 128;

// Σ term(i) over i < n.
template <typename F>
double SumOf(int64_t n, F term) {
  constexpr int64_t kLanes = 8;
  CompensatedSum total;
  for (int64_t begin = 0; begin < n; begin += kPlainTerms) {
    const int64_t end = std::min(n, begin + kPlainTerms);
    double lanes[kLanes] = {};
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      for (int64_t k = 0; k < kLanes; ++k) lanes[k] += static_cast<double>(term(i + k));
    }
    for (int64_t k = 0; i < end; ++i, ++k) lanes[k] += static_cast<double>(term(i));
    for (int64_t half = kLanes / 2; half > 0; half /= 2) {
      for (int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
    }
    total += lanes[0];
  }
  return static_cast<double>(total);
}

// Sums that float32 has kept: what is far smaller has vanished in them, or what is far larger has
// overflowed, so that the kernel takes them again in float64.
inline constexpr double kLeastSafe = 1e-30, kMostSafe = 1e30;

// Whether squares, products and quotients of numbers of the size of √`mean_square` are kept. False
// for NaN.
inline bool IsSafeMeanSquare(double mean_square) {
  return mean_square >= kLeastSafe && mean_square <= kMostSafe;
}

// Whether float32 holds `value` to its full precision.
inline bool FitsFloat32(double value) {
  using Limits = std::numeric_limits<float>;
  return value == 0 || (std::abs(value) >= Limits::min() && std::abs(value) <= Limits::max());
}

// Whether none of n numbers is infinite or NaN: a loop that vectorizes.
inline bool AreFinite(const float* x, int64_t n) {
  constexpr uint32_t kExponent = 0x7f80'0000;
  uint32_t found = 0;
  for (int64_t i = 0; i < n; ++i)
    found |= static_cast<uint32_t>((std::bit_cast<uint32_t>(x[i]) & kExponent) == kExponent);
  return found == 0;
}

// What rounding to T took from the mean of n numbers, whose differences from the rounded `mean` add
// up to `sum`. It is no more than rounding can take, so that a `mean` that is not the numbers' own
// is taken as it is.
template <typename T>
double RestOfMean(double sum, double n, T mean) {
  const double most = std::abs(static_cast<double>(mean)) * std::numeric_limits<T>::epsilon();
  return std::clamp(sum / n, -most, most);
}

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_REDUCTION_SUMS_SUMS_H_
