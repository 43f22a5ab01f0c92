#ifndef DAGRAD_TESTS_ACCURACY_SWEEP_H_
#define DAGRAD_TESTS_ACCURACY_SWEEP_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/op.h"

// Errors of functions of floats over the whole of their range.
namespace dagrad::tests {

// The tables of docs/accuracy.md with so many columns of numbers: the numbers of each row
// "| `name` | number | … |" by the name.
std::map<std::string, std::vector<double>> ReadBounds(size_t columns);

// An op of elementwise floats: at most two inputs, and one output of their type.
bool IsFloatFunction(const OpDef& op);

// ±0, ±1, ±∞, NaN, the ends of the range, and where functions bend.
template <typename T>
std::vector<T> Edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> edges;
  for (const T x : {T{0}, T{1}, Limits::infinity(), Limits::max(), Limits::min(),
                    Limits::denorm_min(), Limits::quiet_NaN(), T{0.5}, T{6}, T{88.5}, T{1e5}}) {
    edges.push_back(x);
    edges.push_back(-x);
  }
  return edges;
}

// Edges, and every 4001st bit pattern: some 2000 numbers between a power of 2 and the next.
std::vector<float> Floats();
// Edges, and any bit patterns and numbers within ±30 by turns.
std::vector<double> Doubles(std::mt19937_64* random);

// |actual - expected| in units in the last place of `expected`, or of `least` where that is larger;
// infinity for a NaN in only one. Infinity is taken as the number that follows the largest.
template <typename T>
double Ulps(T actual, long double expected, double least) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(expected) || std::isnan(actual)) {
    return std::isnan(expected) && std::isnan(actual) ? 0 : Limits::infinity();
  }
  if (actual == static_cast<T>(expected)) return 0;
  const long double end = std::ldexp(1.0L, Limits::max_exponent);
  const long double y = std::clamp<long double>(actual, -end, end);
  expected = std::clamp(expected, -end, end);
  const long double scale = std::max<long double>(std::abs(expected), least);
  int exponent;
  std::frexp(std::clamp<long double>(scale, Limits::min(), Limits::max()), &exponent);
  return static_cast<double>(std::abs(y - expected)) / std::ldexp(1.0, exponent - Limits::digits);
}

// The largest error, and where it is.
struct Worst {
  double ulps = 0;
  std::string at;
};

// A failure of the test where the error is above the bound; prints it in any case.
void ExpectWithin(const std::string& name, const std::string& how, const Worst& worst,
                  double bound);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_ACCURACY_SWEEP_H_
