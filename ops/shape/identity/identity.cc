#include "dagrad/ops/shape/identity/identity.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/shape/identity/identity_internal.h"

namespace dagrad {
namespace {

// dy/dx = 1.
absl::Status IdentityGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  return absl::OkStatus();
}

OpDef Make(absl::string_view name, absl::string_view label, absl::string_view doc,
           bool differentiable) {
  return {.name = name,
          .label = label,
          .doc = doc,
          .inputs = {{.name = "x",
                      .dtypes = kAnyElement,
                      .type_variable = "T",
                      .doc = "tensor of any shape",
                      .differentiable = differentiable}},
          .outputs = {{"y", kAnyElement, "T", "x"}},
          .traits = kElementwise | kView,
          .infer = InferSameAsInput,
          .gradient = differentiable ? IdentityGradient : nullptr,
          .make_kernel = ops::identity_internal::MakeKernel,
          .samples = ops::identity_internal::MakeSamples};
}

Value AddUnaryNode(const OpDef& op, const Operand& x) { return AddNode(op, {x}); }

}  // namespace

namespace ops {

const OpDef& IdentityOp() {
  static const OpDef* const op =
      new OpDef(Make("Identity", "identity", "y = x: a node to name or to tap.", true));
  return *op;
}

const OpDef& StopGradientOp() {
  static const OpDef* const op = new OpDef(
      Make("StopGradient", "stop_gradient", "y = x, through which no gradient flows.", false));
  return *op;
}

}  // namespace ops

Value Identity(Operand x) { return AddUnaryNode(ops::IdentityOp(), x); }
Value StopGradient(Operand x) { return AddUnaryNode(ops::StopGradientOp(), x); }

}  // namespace dagrad
