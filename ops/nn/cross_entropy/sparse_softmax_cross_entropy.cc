#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_internal.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad {
namespace {

using namespace ops::cross_entropy_internal;  // NOLINT(google-build-using-namespace)

Value SparseSoftmaxCrossEntropyGrad(Value logits, Value labels, Value dy) {
  if (logits.builder() == nullptr) return Value();
  return logits.builder()->AddNode(ops::SparseSoftmaxCrossEntropyGradOp(), {logits, labels, dy}, {},
                                   SourceLocation::Current());
}

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckLogits(c.shape(0), "sparse_softmax_cross_entropy_c1"));
  const Shape examples = WithoutLast(c.shape(0));
  DAGRAD_RETURN_IF_ERROR(
      CheckShape("labels", c.shape(1), examples, "sparse_softmax_cross_entropy_c2"));
  c.SetOutput(0, c.dtype(0), examples);
  return absl::OkStatus();
}

// l = -log p_z and ∂ log p_z / ∂x_i = [i = z] - p_i.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(0))
    c.SetGrad(0, SparseSoftmaxCrossEntropyGrad(c.input(0), c.input(1), c.cotangent()));
  return absl::OkStatus();
}

absl::Status InferGrad(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckLogits(c.shape(0), "sparse_softmax_cross_entropy_grad_c1"));
  const Shape examples = WithoutLast(c.shape(0));
  DAGRAD_RETURN_IF_ERROR(
      CheckShape("labels", c.shape(1), examples, "sparse_softmax_cross_entropy_grad_c2"));
  DAGRAD_RETURN_IF_ERROR(
      CheckShape("dy", c.shape(2), examples, "sparse_softmax_cross_entropy_grad_c3"));
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// g_j = d (p_j - [j = z]); the cotangent of g be G. With H = G d and softmax's own derivative,
//   x̄_i = p_i (H_i - Σ_j H_j p_j)
//   d̄   = Σ_j G_j (p_j - [j = z]), which is G · g for d = 1.
absl::Status GradGradient(GradContext& c) {
  const Value x = c.input(0), z = c.input(1), dy = c.input(2), cotangent = c.cotangent();
  if (c.needs_grad(0)) {
    const Value p = Softmax(x), h = cotangent * ExpandDims(dy, -1);
    c.SetGrad(0, p * (h - ReduceSum(h * p, {.axes = {-1}, .keepdims = true})));
  }
  if (c.needs_grad(2)) {
    c.SetGrad(2, ReduceSum(cotangent * SparseSoftmaxCrossEntropyGrad(x, z, OnesLike(dy)),
                           {.axes = {-1}}));
  }
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "SparseSoftmaxCrossEntropy",
          .label = "sparse_softmax_cross_entropy",
          .doc =
              "Cross-entropy of the softmax of logits x over the last axis and class numbers z.\n"
              "loss[n] = -log softmax(x[n])[z[n]]. A label outside [0, classes) is an error of the "
              "run.",
          .inputs = {{"logits", kFloatTypes, "T", "logits x [..., classes]"},
                     {.name = "labels",
                      .dtypes = kIndexTypes,
                      .doc = "class numbers z [...]",
                      .differentiable = false}},
          .outputs = {{"loss", kFloatTypes, "T", "loss of each row [...]"}},
          .constraints = {{"sparse_softmax_cross_entropy_c1", "logits have a last axis"},
                          {"sparse_softmax_cross_entropy_c2",
                           "labels have the logits' shape without the last axis"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeSparseKernel,
          .cost = SoftmaxCost,
          .samples = MakeSparseSamples};
}

OpDef MakeGrad() {
  return {.name = "SparseSoftmaxCrossEntropyGrad",
          .label = "sparse_softmax_cross_entropy_grad",
          .doc =
              "Gradient of SparseSoftmaxCrossEntropy to the logits.\n"
              "dlogits[n, j] = dy[n] (softmax(x[n])[j] - [j = z[n]]).",
          .inputs = {{"logits", kFloatTypes, "T", "logits x [..., classes]"},
                     {.name = "labels",
                      .dtypes = kIndexTypes,
                      .doc = "class numbers z [...]",
                      .differentiable = false},
                     {"dy", kFloatTypes, "T", "cotangent of the loss [...]"}},
          .outputs = {{"dlogits", kFloatTypes, "T", "cotangent of the logits [..., classes]"}},
          .constraints = {{"sparse_softmax_cross_entropy_grad_c1", "logits have a last axis"},
                          {"sparse_softmax_cross_entropy_grad_c2",
                           "labels have the logits' shape without the last axis"},
                          {"sparse_softmax_cross_entropy_grad_c3", "dy has the labels' shape"}},
          .infer = InferGrad,
          .gradient = GradGradient,
          .make_kernel = MakeSparseGradKernel,
          .cost = SoftmaxCost,
          .samples = MakeSparseGradSamples};
}

}  // namespace

namespace ops {
const OpDef& SparseSoftmaxCrossEntropyOp() { return Singleton<Make>(); }
const OpDef& SparseSoftmaxCrossEntropyGradOp() { return Singleton<MakeGrad>(); }
}  // namespace ops

Value SparseSoftmaxCrossEntropy(Operand logits, Operand labels) {
  return AddNode(ops::SparseSoftmaxCrossEntropyOp(), {logits, labels});
}

}  // namespace dagrad
