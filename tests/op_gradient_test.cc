// The gradient of every op, first and second order, in float64 against differences.

#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/tests/op_gradient_cases.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

TEST_P(OpTest, GradientsAgreeWithDifferences) {
  if (op().gradient == nullptr)
    return;  // op_schema_test: exactly the ops with no differentiable input
  int64_t derivatives = 0;
  for (const OpCase& c : Float64Cases(op())) {
    if (!CanBeChecked(c)) continue;
    SCOPED_TRACE(c.Name());
    const auto report = CheckCase(
        c, op(),
        {.seed = c.seed, .max_elements = ElementsToProbe(c, 16), .xs = DifferentiableInputs(c)});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->passed()) << report->ToString();
    derivatives += report->derivatives;
  }
  EXPECT_GT(derivatives, 0) << "no sample is smooth with a float64 input that is not empty";
  RecordProperty("derivatives", static_cast<int>(derivatives));
}

// A cotangent may flow to some outputs only.
TEST_P(OpTest, GradientsOfEachOutputAlone) {
  if (op().gradient == nullptr) return;
  for (const OpCase& c : Float64Cases(op())) {
    const std::vector<std::string> outputs = FloatOutputs(c);
    if (!CanBeChecked(c) || outputs.size() < 2) continue;
    for (const std::string& y : outputs) {
      SCOPED_TRACE(c.Name() + ", output " + y);
      const auto report = CheckCase(c, op(),
                                    {.seed = c.seed,
                                     .max_elements = ElementsToProbe(c, 6),
                                     .xs = DifferentiableInputs(c),
                                     .ys = {y}});
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_TRUE(report->passed()) << report->ToString();
    }
  }
}

// And may be asked of one input only.
TEST_P(OpTest, GradientsForEachInputAlone) {
  if (op().gradient == nullptr) return;
  for (const OpCase& c : Float64Cases(op())) {
    const std::vector<std::string> inputs = DifferentiableInputs(c);
    if (!CanBeChecked(c) || inputs.size() < 2) continue;
    for (const std::string& x : inputs) {
      SCOPED_TRACE(c.Name() + ", input " + x);
      const auto report = CheckCase(c, op(),
                                    {.seed = c.seed,
                                     .second_order = false,
                                     .max_elements = ElementsToProbe(c, 8),
                                     .xs = {x}});
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_TRUE(report->passed()) << report->ToString();
    }
  }
}

// `types` with the first dimension of each input made a symbol where it is that of input 0.
std::vector<ValueType> WithSymbolicBatch(std::vector<ValueType> types) {
  if (types.empty() || types[0].shape.rank() == 0) return types;
  const Dim first = types[0].shape.dim(0);
  for (ValueType& t : types) {
    if (t.shape.rank() > 0 && t.shape.dim(0) == first) t.shape.set_dim(0, "batch");
  }
  return types;
}

// The gradients for all differentiable inputs of the case, as outputs "y0", …, evaluated.
absl::StatusOr<std::vector<Tensor>> GradientsOf(const OpCase& c, const Function& forward) {
  GraphBuilder g(forward);
  std::vector<Value> ys, xs;
  for (const Function::Output& o : forward.outputs) {
    if (IsFloating(forward.type(o.value).dtype)) ys.emplace_back(&g, o.value);
  }
  for (NodeId id : forward.inputs) {
    if (IsFloating(forward.nodes[id].outputs[0].dtype)) xs.emplace_back(&g, ValueRef{id, 0});
  }
  if (ys.empty() || xs.empty()) return std::vector<Tensor>();
  const auto grads = Gradients(ys, xs);
  if (!grads.ok()) return grads.status();
  for (size_t i = 0; i < xs.size(); ++i) {
    EXPECT_EQ((*grads)[i].type(), xs[i].type());
    g.Output("grad" + std::to_string(i), (*grads)[i]);
  }
  auto f = g.Build();
  if (!f.ok()) return f.status();
  auto outputs = EvaluateOutputs(*f, Feeds(c), runtime::KernelMode::kFast);
  if (!outputs.ok()) return outputs.status();
  outputs->erase(outputs->begin(), outputs->begin() + forward.outputs.size());
  return outputs;
}

// Also where it is not smooth, in float32, on empty tensors, and with a symbolic dimension:
// gradients have the types of their inputs, run, and are the same for symbols and numbers.
TEST_P(OpTest, GradientsRunOnEverySampleWithSymbolsAndNumbers) {
  if (op().gradient == nullptr) return;
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    const auto concrete = MakeFunction(c);
    ASSERT_TRUE(concrete.ok()) << concrete.status();
    const auto grads = GradientsOf(c, *concrete);
    ASSERT_TRUE(grads.ok()) << grads.status();
    const auto symbolic = MakeFunction(c, op(), WithSymbolicBatch(c.InputTypes()));
    if (!symbolic.ok()) continue;  // op_inference_test
    const auto same = GradientsOf(c, *symbolic);
    ASSERT_TRUE(same.ok()) << "with a symbolic dimension: " << same.status();
    ASSERT_EQ(same->size(), grads->size());
    for (size_t i = 0; i < grads->size(); ++i)
      EXPECT_TRUE(SameBits((*same)[i], (*grads)[i])) << "gradient " << i;
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
