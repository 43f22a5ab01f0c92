#include "dagrad/ops/elementwise/select/select.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/elementwise/select/select_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

using runtime::Rule;

absl::Status Infer(InferContext& c) { return ops::InferBroadcast(c, c.dtype(1), "select_c1"); }

// y = c·a + (1-c)·b with c in {0, 1}: ∂y/∂a = c and ∂y/∂b = 1-c.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(1)) c.SetGrad(1, Select(c.input(0), c.cotangent(), 0.0));
  if (c.needs_grad(2)) c.SetGrad(2, Select(c.input(0), 0.0, c.cotangent()));
  return absl::OkStatus();
}

runtime::RuleResult SameBranches(runtime::GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 3 || !(inputs[1] == inputs[2])) return std::nullopt;
  return runtime::StandFor(editor, id, inputs[1], "both branches are the same");
}

constexpr Rule kRules[] = {{"select_same", runtime::RuleStage::kSimplify, SameBranches}};

OpDef Make() {
  return {.name = "Select",
          .label = "select",
          .doc =
              "Chooses element by element (ONNX Where, numpy.where): y = condition ? a : b.\n"
              "The shapes of condition, a and b broadcast.",
          .inputs = {{.name = "condition",
                      .dtypes = kBoolType,
                      .doc = "which to choose",
                      .differentiable = false},
                     {"a", kAnyType, "T", "taken where condition is true"},
                     {"b", kAnyType, "T", "taken where condition is false"}},
          .outputs = {{"y", kAnyType, "T", "the chosen elements, of the broadcast shape"}},
          .traits = kElementwise | kInPlace | kMovesElements,
          .constraints = {{"select_c1", "the shapes of condition, a and b broadcast"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::select_internal::MakeKernel,
          .rules = []() -> absl::Span<const Rule> { return kRules; },
          .samples = ops::select_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& SelectOp() { return Singleton<Make>(); }
}  // namespace ops

Value Select(Operand condition, Operand a, Operand b) {
  const ops::OperandPair pair = ops::PairOperands(a, b, "Select");
  if (pair.builder == nullptr) return Value();
  return pair.builder->AddNode(ops::SelectOp(), {condition.value(), pair.values[0], pair.values[1]},
                               {}, pair.location);
}

}  // namespace dagrad
