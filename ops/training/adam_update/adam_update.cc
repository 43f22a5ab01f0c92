#include "dagrad/ops/training/adam_update/adam_update.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad {
namespace {

constexpr const char* kInputs[] = {"w", "gradient", "m", "v"};

absl::Status Infer(InferContext& c) {
  const Shape& w = c.shape(0);
  for (int i = 1; i < 4; ++i) {
    if (c.shape(i) == w) continue;
    return InferContext::Fail("adam_update_c1",
                              absl::StrCat(kInputs[i], " ", c.shape(i).ToString(),
                                           " must be of the shape of w, ", w.ToString()));
  }
  if (c.shape(4).rank() != 0) {
    return InferContext::Fail(
        "adam_update_c2", absl::StrCat("step_size ", c.shape(4).ToString(), " must be a scalar"));
  }
  if (absl::Status ok = ops::adam_update_internal::CheckOptions(c, "adam_update_c3"); !ok.ok())
    return ok;
  for (int i = 0; i < 3; ++i) c.SetOutput(i, c.dtype(0), w);
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto n = static_cast<double>(NumElements(c.outputs[0]));
  return {12 * n, 0};
}

PortSpec Input(absl::string_view name, absl::string_view doc) {
  return {.name = name,
          .dtypes = kFloatTypes,
          .type_variable = "T",
          .doc = doc,
          .differentiable = false};
}

OpDef Make() {
  return {
      .name = "AdamUpdate",
      .label = "adam_update",
      .doc =
          "One step of Adam (Kingma, Ba, 2015), with the correction of bias in step_size:\n"
          "m' = m + (g - m) (1 - beta_1), v' = v + (g² - v) (1 - beta_2),\n"
          "w' = w - step_size m' / (sqrt(v') + epsilon).",
      .inputs = {Input("w", "weight"), Input("gradient", "gradient g of the weight, of its shape"),
                 Input("m", "first moment, of the weight's shape"),
                 Input("v", "second moment, of the weight's shape"),
                 Input("step_size", "scalar: learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t)")},
      .outputs = {{"w", kFloatTypes, "T", "new weight w'"},
                  {"m", kFloatTypes, "T", "new first moment m'"},
                  {"v", kFloatTypes, "T", "new second moment v'"}},
      .attrs = {{"beta_1", AttrKind::kFloat, 0.9, "decay of the first moment"},
                {"beta_2", AttrKind::kFloat, 0.999, "decay of the second moment"},
                {"epsilon", AttrKind::kFloat, 1e-7, "added to the root of v'"}},
      .traits = kElementwise | kInPlace,
      .constraints = {{"adam_update_c1", "w, gradient, m and v are of one shape"},
                      {"adam_update_c2", "step_size is a scalar"},
                      {"adam_update_c3",
                       "beta_1 and beta_2 are in [0, 1], epsilon is finite, >= 0"}},
      .infer = Infer,
      .make_kernel = ops::adam_update_internal::MakeKernel,
      .cost = Cost,
      .rules = ops::adam_update_internal::Rules,
      .samples = ops::adam_update_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& AdamUpdateOp() { return Singleton<Make>(); }

absl::Status adam_update_internal::CheckOptions(const InferContext& c, absl::string_view label) {
  for (const char* name : {"beta_1", "beta_2"}) {
    const double beta = c.attr<double>(name);
    if (beta >= 0 && beta <= 1) continue;
    return InferContext::Fail(label, absl::StrCat(name, " ", beta, " is not in [0, 1]"));
  }
  const double epsilon = c.attr<double>("epsilon");
  if (!std::isfinite(epsilon) || epsilon < 0) {
    return InferContext::Fail(label, absl::StrCat("epsilon ", epsilon, " is not finite and >= 0"));
  }
  return absl::OkStatus();
}
}  // namespace ops

AdamUpdateResult AdamUpdate(Operand w, Operand gradient, Operand m, Operand v, Operand step_size,
                            const AdamUpdateOptions& options) {
  if (w.builder() == nullptr) return {};
  const Value first = w.builder()->AddNode(
      ops::AdamUpdateOp(), {w.value(), gradient.value(), m.value(), v.value(), step_size.value()},
      {{"beta_1", options.beta_1}, {"beta_2", options.beta_2}, {"epsilon", options.epsilon}},
      w.location());
  const std::vector<Value> outputs = w.builder()->Outputs(first, 3);
  return {outputs[0], outputs[1], outputs[2]};
}

}  // namespace dagrad
