#ifndef DAGRAD_TESTS_KERAS_GOLDEN_RULES_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/json.h"

// The small kinds of Keras's classes: what is registered of each, by Keras's names, and whether a
// case of one agrees.
namespace dagrad::keras_parity {

std::vector<std::string> RegisteredOptimizers();
// The weights after one step and after ten, in float64.
absl::Status CheckOptimizer(const std::string& class_name, const Json& golden);

std::vector<std::string> RegisteredSchedules();
// The rates of all "steps", as numbers and as nodes.
absl::Status CheckSchedule(const std::string& class_name, const Json& golden);

// "Regularizer" and "Constraint" stand for those of the program's own.
std::vector<std::string> RegisteredRegularizers();
absl::Status CheckRegularizer(const std::string& class_name, const Json& golden);
std::vector<std::string> RegisteredConstraints();
absl::Status CheckConstraint(const std::string& class_name, const Json& golden);

std::vector<std::string> RegisteredInitializers();
// The values, or the bounds and the moments of what is drawn.
absl::Status CheckInitializer(const std::string& class_name, const Json& golden);

std::vector<std::string> RegisteredActivations();
// The results and the gradient; of get, serialize and deserialize the name.
absl::Status CheckActivation(const std::string& name, const Json& golden);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_RULES_H_
