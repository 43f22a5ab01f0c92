#include "dagrad/tests/op_gradient_cases.h"

#include <algorithm>

#include "dagrad/graph/status_macros.h"

namespace dagrad::tests {

std::vector<std::string> DifferentiableInputs(const OpCase& c) {
  std::vector<std::string> names;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const PortSpec& port = c.op->InputPort(i);
    if (!port.differentiable || c.inputs[i].dtype() != DType::kFloat64) continue;
    if (c.inputs[i].num_elements() > 0) names.push_back(InputName(static_cast<int>(i)));
  }
  return names;
}

std::vector<std::string> FloatOutputs(const OpCase& c) {
  const absl::StatusOr<Function> f = MakeFunction(c);
  std::vector<std::string> names;
  if (!f.ok()) return names;
  for (const Function::Output& o : f->outputs) {
    if (f->type(o.value).dtype == DType::kFloat64) names.push_back(o.name);
  }
  return names;
}

bool CanBeChecked(const OpCase& c) {
  return c.sample->smooth && !DifferentiableInputs(c).empty() && !FloatOutputs(c).empty();
}

int64_t ElementsToProbe(const OpCase& c, int64_t most) {
  constexpr int64_t kLarge = 2048;
  constexpr int64_t kFew = 3;
  int64_t elements = 0;
  for (const Tensor& t : c.inputs) elements += t.num_elements();
  return elements > kLarge ? kFew : most;
}

absl::StatusOr<GradientCheckReport> CheckCase(const OpCase& c, const OpDef& op,
                                              const GradientCheckOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Function f, MakeFunction(c, op, c.InputTypes()));
  return CheckGradients(f, Feeds(c), {}, options);
}

}  // namespace dagrad::tests
