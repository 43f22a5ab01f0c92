#ifndef DAGRAD_TESTS_OP_GRADIENT_CASES_H_
#define DAGRAD_TESTS_OP_GRADIENT_CASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/autodiff/gradient_checker.h"
#include "dagrad/tests/op_cases.h"

namespace dagrad::tests {

// Names of the case's inputs by which it can be differentiated: float64, declared differentiable,
// not empty.
std::vector<std::string> DifferentiableInputs(const OpCase& c);
// Names of its outputs of float64.
std::vector<std::string> FloatOutputs(const OpCase& c);

// Whether the gradient of the case can be compared with differences.
bool CanBeChecked(const OpCase& c);

// Elements of each tensor to probe: all of small ones up to `most`, a few of large ones.
int64_t ElementsToProbe(const OpCase& c, int64_t most);

// CheckGradients for the case with `op` in place of its op.
absl::StatusOr<GradientCheckReport> CheckCase(const OpCase& c, const OpDef& op,
                                              const GradientCheckOptions& options);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_OP_GRADIENT_CASES_H_
