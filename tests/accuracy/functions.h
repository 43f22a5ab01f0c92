#ifndef DAGRAD_TESTS_ACCURACY_FUNCTIONS_H_
#define DAGRAD_TESTS_ACCURACY_FUNCTIONS_H_

#include <string>

#include "absl/types/span.h"

namespace dagrad::tests {

inline constexpr double kAlpha = 0.375;  // of the ops that have this attribute

// The definition of an op of one or two floats by the C library in long double; conventions at
// kinks, infinities and signs of 0 as the ops' headers have them. An op of two inputs whose
// function is of one gets ones as the second.
struct FloatFunction {
  std::string op;
  int inputs;
  long double (*f)(long double a, long double b);
  std::string variant = {};  // of an op of several functions: "tanh", "relu", "relu6"
  bool cancels = false;      // near a root, where the sign may be lost

  std::string Name() const { return variant.empty() ? op : op + " (" + variant + ")"; }
};

absl::Span<const FloatFunction> FloatFunctions();

// Some of them, and the derivatives of Gelu, exact and approximate.
long double SigmoidOf(long double x);
long double SoftplusOf(long double x);
long double GeluSlope(long double x);
long double TanhGeluSlope(long double x);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_ACCURACY_FUNCTIONS_H_
