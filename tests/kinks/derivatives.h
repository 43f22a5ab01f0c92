#ifndef DAGRAD_TESTS_KINKS_DERIVATIVES_H_
#define DAGRAD_TESTS_KINKS_DERIVATIVES_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::tests {

// The first and second derivatives of a case, as make_kinks_golden.py defines them: float64, first
// [i] and second[i][j] flattened.
struct Derivatives {
  std::vector<std::vector<double>> first;
  std::vector<std::vector<std::vector<double>>> second;
};

struct GoldenCase {
  std::string name;
  bool elementwise = false;
  std::vector<Tensor> inputs;  // float64
  Derivatives torch;
  Derivatives jax;
};

// golden.json. Anything that is not as it should be is an error.
absl::StatusOr<std::vector<GoldenCase>> ReadGolden(const std::string& path);

// Those of dagrad, on the reference kernels. Adds to `differentiated` the name of every op through
// which a derivative was taken.
absl::StatusOr<Derivatives> Differentiate(const GoldenCase& c,
                                          std::set<std::string>* differentiated);

// One number that two frameworks may have otherwise.
struct Place {
  std::string derivative;  // "∂/∂a", "∂²/∂a∂b"
  std::string at;          // "a = 0, b = -1"; "element 2"
  double dagrad = 0, torch = 0, jax = 0;
};
// All numbers of a case.
std::vector<Place> Places(const GoldenCase& c, const Derivatives& dagrad);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_KINKS_DERIVATIVES_H_
