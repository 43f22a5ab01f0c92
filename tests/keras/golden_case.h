#ifndef DAGRAD_TESTS_KERAS_GOLDEN_CASE_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_CASE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/tensor.h"

// Golden values: what Keras gives, in golden/<kind>/<class>.json, made by make_golden.py. README.md
// says what stands in a case.
namespace dagrad::keras_parity {

// A class of Keras's and its cases.
struct GoldenClass {
  std::string name;  // Keras's: "Conv1D"
  std::vector<Json> cases;
};

// Of one kind ("layers"), in alphabetical order. An error for a file that has no cases, or one
// without "expected".
absl::StatusOr<std::vector<GoldenClass>> ReadGoldenClasses(const std::string& kind);
// The names of Keras's classes of that kind.
absl::StatusOr<std::vector<std::string>> ReadKerasClasses(const std::string& kind);
// keras_names.json: {"losses": {"MeanSquaredError": ["MSE", …], …}, …}, what Keras takes for each
// class; under "history" the keys of a History.
absl::StatusOr<Json> ReadKerasNames();

// Of a class of the registries: the one of its names that begins with a capital, as Keras's classes
// do; else its name.
template <typename Class>
std::string KerasNameOf(const Class& c) {
  for (const std::string& alias : c.aliases) {
    if (absl::ascii_isupper(alias[0])) return alias;
  }
  return c.name;
}

// A tensor as cases describe it: a shape, filled with sin(0.7 i + `shift`), or an object with
// "shape", and "values", or "scale", "step" and "shift" in their place, and "dtype".
absl::StatusOr<Tensor> TensorOfCase(const Json& json, double shift);
// The name of a case, for errors: its "name", else its options.
std::string NameOfCase(const Json& json);

// OK where `got` has the numbers of `expected`, each within `tolerance`, of its size where that is
// more than 1; a number that is not finite must be the same.
absl::Status ExpectNumbers(absl::string_view what, const Tensor& got, const Json* expected,
                           double tolerance);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_CASE_H_
