#include "dagrad/ops/neg/neg.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/neg/neg_internal.h"

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
  OpDef op;
  op.name = "Neg";
  op.label = "neg";
  op.inputs = {{"x", kSignedTypes, "T"}};
  op.outputs = {{"y", kSignedTypes, "T"}};
  op.traits = kElementwise | kInPlace;
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = ops::neg_internal::MakeKernel;
  op.samples = ops::neg_internal::MakeSamples;
  return op;
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
