#include "dagrad/ops/identity/identity.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/identity/identity_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// dy/dx = 1.
absl::Status IdentityGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  return absl::OkStatus();
}

OpDef Make(absl::string_view name, absl::string_view label, bool differentiable) {
  OpDef op;
  op.name = name;
  op.label = label;
  op.inputs = {
      {.name = "x", .dtypes = kAnyType, .type_variable = "T", .differentiable = differentiable}};
  op.outputs = {{"y", kAnyType, "T"}};
  op.traits = kElementwise | kView;
  op.infer = Infer;
  op.gradient = differentiable ? IdentityGradient : nullptr;
  op.make_kernel = ops::identity_internal::MakeKernel;
  op.samples = ops::identity_internal::MakeSamples;
  return op;
}

Value AddUnaryNode(const OpDef& op, const Operand& x) {
  if (x.builder() == nullptr) return Value();
  return x.builder()->AddNode(op, {x.value()}, {}, x.location());
}

}  // namespace

namespace ops {

const OpDef& IdentityOp() {
  static const OpDef* const op = new OpDef(Make("Identity", "identity", true));
  return *op;
}

const OpDef& StopGradientOp() {
  static const OpDef* const op = new OpDef(Make("StopGradient", "stop_gradient", false));
  return *op;
}

}  // namespace ops

Value Identity(Operand x) { return AddUnaryNode(ops::IdentityOp(), x); }
Value StopGradient(Operand x) { return AddUnaryNode(ops::StopGradientOp(), x); }

}  // namespace dagrad
