#include "dagrad/ops/elementwise/neg/neg.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/neg/neg_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

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
          .infer = InferSameAsInput,
          .gradient = Gradient,
          .make_kernel = ops::neg_internal::MakeKernel,
          .rules = runtime::InvolutionRules,
          .samples = ops::neg_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& NegOp() { return Singleton<Make>(); }
}  // namespace ops

Value Neg(Operand x) { return AddNode(ops::NegOp(), {x}); }

}  // namespace dagrad
