#ifndef DAGRAD_TESTS_ACCURACY_DERIVATIVES_H_
#define DAGRAD_TESTS_ACCURACY_DERIVATIVES_H_

#include <string>

#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

namespace dagrad::tests {

// The derivative of a function of one float by the C library in long double, where x and the
// function are numbers; at kinks as the headers have it. `value` is the function itself, of an
// activation that is made of several ops: those of ops are in functions.h.
struct Derivative {
  std::string function;
  Value (*build)(Value x);
  long double (*slope)(long double x);
  long double (*value)(long double x) = nullptr;
};

absl::Span<const Derivative> Derivatives();

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_ACCURACY_DERIVATIVES_H_
