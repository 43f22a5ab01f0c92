#ifndef DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_RULES_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_RULES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "dagrad/ops/reduction/reduce/reduce_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::reduce_internal {

// What a reduction of elements of type T is made of: an identity, an associative Combine, and what
// becomes of the total over n elements. Partial results are kept in Wide<Rule, T>.
struct SumRule;
struct MeanRule;
struct ProdRule;
template <typename Rule, typename T>
using Wide = std::conditional_t<
    std::is_same_v<T, float>, double,
    std::conditional_t<std::is_same_v<T, double> &&
                           (std::is_same_v<Rule, SumRule> || std::is_same_v<Rule, MeanRule>),
                       CompensatedSum, T>>;

// What the totals of a few elements are kept in, which then join in Wide<Rule, T>. A product of
// float32 loses digits where it is tiny, which the total, with large factors behind, does not show.
template <typename Rule, typename T>
using Partial =
    std::conditional_t<std::is_same_v<Rule, ProdRule> && std::is_same_v<T, float>, double, T>;

// Integers wrap around, which is undefined for signed types.
template <typename T>
struct Wrapping {
  using type = std::make_unsigned_t<T>;
};
template <>
struct Wrapping<float> {
  using type = float;
};
template <>
struct Wrapping<double> {
  using type = double;
};
template <>
struct Wrapping<CompensatedSum> {
  using type = CompensatedSum;
};

struct SumRule {
  template <typename T>
  static T Identity() {
    return T(0);
  }
  template <typename T>
  static T Combine(T a, T b) {
    using U = typename Wrapping<T>::type;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  }
  template <typename T>
  static T Finish(T total, int64_t) {
    return total;
  }
  // Whether float32 has held all that went into results, or into totals before they are finished;
  // else they are taken again in float64.
  static bool AreSafe(const float* y, int64_t n) { return AreFinite(y, n); }
  static bool IsSafe(double total) { return std::isfinite(total); }
};

struct MeanRule : SumRule {
  template <typename T>
  static T Finish(T total, int64_t n) {
    return total / static_cast<T>(n);
  }
};

struct ProdRule : SumRule {
  static bool AreSafe(const float* y, int64_t n) {
    return std::all_of(y, y + n, [](float v) { return IsSafe(v); });
  }
  static bool IsSafe(double total) {
    return std::abs(total) >= kLeastSafe && std::abs(total) <= kMostSafe;
  }
  template <typename T>
  static T Identity() {
    return T(1);
  }
  template <typename T>
  static T Combine(T a, T b) {
    using U = typename Wrapping<T>::type;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  }
};

// A NaN on either side is the result.
struct MaxRule : SumRule {
  static bool AreSafe(const float*, int64_t) { return true; }
  static bool IsSafe(double) { return true; }
  template <typename T>
  static T Identity() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  }
  template <typename T>
  static T Combine(T a, T b) {
    return (static_cast<int>(b > a) | static_cast<int>(b != b)) != 0 ? b : a;
  }
};

struct MinRule : SumRule {
  static bool AreSafe(const float*, int64_t) { return true; }
  static bool IsSafe(double) { return true; }
  template <typename T>
  static T Identity() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  template <typename T>
  static T Combine(T a, T b) {
    return (static_cast<int>(b < a) | static_cast<int>(b != b)) != 0 ? b : a;
  }
};

// The same for elements among which there is no NaN: one instruction of the processor.
struct QuickMaxRule : MaxRule {
  template <typename T>
  static T Combine(T a, T b) {
    return a > b ? a : b;
  }
};
struct QuickMinRule : MinRule {
  template <typename T>
  static T Combine(T a, T b) {
    return a < b ? a : b;
  }
};

// What the total over n elements becomes.
template <typename Rule, typename T>
T Finished(const Wide<Rule, T>& total, int64_t n) {
  if constexpr (std::is_same_v<Wide<Rule, T>, CompensatedSum>) {
    return static_cast<T>(Rule::Finish(static_cast<double>(total), n));
  } else {
    return static_cast<T>(Rule::Finish(total, n));
  }
}

template <typename Rule>
using WithoutNan =
    std::conditional_t<std::is_same_v<Rule, MaxRule>, QuickMaxRule,
                       std::conditional_t<std::is_same_v<Rule, MinRule>, QuickMinRule, Rule>>;

struct AnyRule : SumRule {
  static bool Combine(bool a, bool b) { return a | b; }
};

struct AllRule : SumRule {
  template <typename T>
  static T Identity() {
    return true;
  }
  static bool Combine(bool a, bool b) { return a & b; }
};

}  // namespace dagrad::ops::reduce_internal

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_RULES_H_
