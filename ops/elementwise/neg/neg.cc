#include "dagrad/ops/elementwise/neg/neg.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/neg/neg_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// dy/dx = -1.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Neg(c.cotangent()));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Neg",
          .label = "neg",
          .doc = "Negation: y = -x. The least integer is its own negative.",
          .inputs = {{"x", kSignedTypes, "T", "tensor of any shape"}},
          .outputs = {{"y", kSignedTypes, "T", "-x"}},
          .traits = kElementwise | kInPlace,
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::neg_internal::MakeKernel,
          .samples = ops::neg_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& NegOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops

Value Neg(Operand x) {
  if (x.builder() == nullptr) return Value();
  return x.builder()->AddNode(ops::NegOp(), {x.value()}, {}, x.location());
}

}  // namespace dagrad
