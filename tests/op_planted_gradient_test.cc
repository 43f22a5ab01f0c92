// Deliberately wrong gradients are found in every op: so the gradient suite can be trusted.

#include <algorithm>
#include <string>
#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/tests/op_gradient_cases.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

enum class Fault { kNone, kScaled, kSignFlipped, kZero, kDropped };

const char* FaultName(Fault fault) {
  constexpr const char* kNames[] = {"none", "scaled by 1.01", "sign flipped", "zero", "dropped"};
  return kNames[static_cast<int>(fault)];
}

// What MutatedGradient does: gradient functions are plain pointers, so it finds its orders here.
struct Plan {
  absl::Status (*original)(GradContext&) = nullptr;
  int input = 0;
  Fault fault = Fault::kNone;
} plan;

absl::Status MutatedGradient(GradContext& c) {
  const absl::Status s = plan.original(c);
  if (!s.ok() || !c.needs_grad(plan.input)) return s;
  const Value grad = c.grads()[plan.input];
  switch (plan.fault) {
    case Fault::kNone:
      break;
    case Fault::kScaled:
      c.SetGrad(plan.input, grad * 1.01);
      break;
    case Fault::kSignFlipped:
      c.SetGrad(plan.input, Neg(grad));
      break;
    case Fault::kZero:
      c.SetGrad(plan.input, Full(c.builder(), grad.dtype(), Shape(grad.shape()), 0));
      break;
    case Fault::kDropped:
      c.SetGrad(plan.input, Value());
      break;
  }
  return absl::OkStatus();
}

// Whether some sample shows the fault in the gradient for input `input`.
bool IsCaught(const OpDef& op, const OpDef& mutated, int input, Fault fault) {
  plan = {op.gradient, input, fault};
  for (const OpCase& c : Float64Cases(op)) {
    const std::vector<std::string> inputs = DifferentiableInputs(c);
    const std::string name = InputName(input);
    if (!CanBeChecked(c) || std::find(inputs.begin(), inputs.end(), name) == inputs.end()) continue;
    const auto report = CheckCase(c, mutated,
                                  {.seed = c.seed,
                                   .second_order = false,
                                   .max_elements = ElementsToProbe(c, 16),
                                   .xs = {name}});
    if (!report.ok() || !report->passed()) return true;
  }
  return false;
}

TEST_P(OpTest, PlantedWrongGradientsAreCaught) {
  if (op().gradient == nullptr) return;
  OpDef mutated = op();
  mutated.gradient = MutatedGradient;
  int planted = 0;
  for (size_t i = 0; i < op().inputs.size(); ++i) {
    const PortSpec& port = op().inputs[i];
    if (!port.differentiable || !port.dtypes.Contains(DType::kFloat64)) continue;
    const int input = static_cast<int>(i);
    EXPECT_FALSE(IsCaught(op(), mutated, input, Fault::kNone))
        << "the right gradient for " << port.name << " fails";
    for (Fault fault : {Fault::kScaled, Fault::kSignFlipped, Fault::kZero, Fault::kDropped}) {
      EXPECT_TRUE(IsCaught(op(), mutated, input, fault))
          << "input " << port.name << ": a gradient that is " << FaultName(fault) << " passes";
      ++planted;
    }
  }
  EXPECT_GT(planted, 0);
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
