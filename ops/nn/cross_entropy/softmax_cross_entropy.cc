#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy_internal.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad {
namespace {

using namespace ops::cross_entropy_internal;  // NOLINT(google-build-using-namespace)

Value SoftmaxCrossEntropyGrad(Value logits, Value labels, Value dy) {
  if (logits.builder() == nullptr) return Value();
  return logits.builder()->AddNode(ops::SoftmaxCrossEntropyGradOp(), {logits, labels, dy}, {},
                                   SourceLocation::Current());
}

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckLogits(c.shape(0), "softmax_cross_entropy_c1"));
  DAGRAD_RETURN_IF_ERROR(CheckShape("labels", c.shape(1), c.shape(0), "softmax_cross_entropy_c2"));
  c.SetOutput(0, c.dtype(0), WithoutLast(c.shape(0)));
  return absl::OkStatus();
}

// l = -Σ_j z_j log p_j and ∂ log p_j / ∂x_i = δ_ij - p_i, so ∂l/∂x_i = p_i Σ_j z_j - z_i and
// ∂l/∂z_j = -log p_j.
absl::Status Gradient(GradContext& c) {
  const Value x = c.input(0), z = c.input(1), dy = c.cotangent();
  if (c.needs_grad(0)) c.SetGrad(0, SoftmaxCrossEntropyGrad(x, z, dy));
  if (c.needs_grad(1)) c.SetGrad(1, Neg(ExpandDims(dy, -1) * LogSoftmax(x)));
  return absl::OkStatus();
}

absl::Status InferGrad(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckLogits(c.shape(0), "softmax_cross_entropy_grad_c1"));
  DAGRAD_RETURN_IF_ERROR(
      CheckShape("labels", c.shape(1), c.shape(0), "softmax_cross_entropy_grad_c2"));
  DAGRAD_RETURN_IF_ERROR(
      CheckShape("dy", c.shape(2), WithoutLast(c.shape(0)), "softmax_cross_entropy_grad_c3"));
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// g_j = d (p_j s - z_j) with s = Σ_k z_k; the cotangent of g be G. With H = G d s and softmax's own
// derivative,
//   x̄_i = p_i (H_i - Σ_j H_j p_j)
//   z̄_k = d (Σ_j G_j p_j - G_k)
//   d̄   = Σ_j G_j (p_j s - z_j), which is G · g for d = 1.
absl::Status GradGradient(GradContext& c) {
  const Value x = c.input(0), z = c.input(1), dy = c.input(2), cotangent = c.cotangent();
  const ReduceOptions last = {.axes = {-1}, .keepdims = true};
  if (c.needs_grad(0) || c.needs_grad(1)) {
    const Value p = Softmax(x), d = ExpandDims(dy, -1);
    if (c.needs_grad(0)) {
      const Value h = cotangent * d * ReduceSum(z, last);
      c.SetGrad(0, p * (h - ReduceSum(h * p, last)));
    }
    if (c.needs_grad(1)) c.SetGrad(1, d * (ReduceSum(cotangent * p, last) - cotangent));
  }
  if (c.needs_grad(2)) {
    c.SetGrad(2,
              ReduceSum(cotangent * SoftmaxCrossEntropyGrad(x, z, OnesLike(dy)), {.axes = {-1}}));
  }
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "SoftmaxCrossEntropy",
      .label = "softmax_cross_entropy",
      .doc =
          "Cross-entropy of the softmax of logits x over the last axis and labels z.\n"
          "loss[n] = -Σ_j z[n, j] log softmax(x[n])[j]. Labels need not sum to 1.",
      .inputs = {{"logits", kFloatTypes, "T", "logits x [..., classes]"},
                 {"labels", kFloatTypes, "T", "weights z of the classes, of the logits' shape"}},
      .outputs = {{"loss", kFloatTypes, "T", "loss of each row [...]"}},
      .constraints = {{"softmax_cross_entropy_c1", "logits have a last axis"},
                      {"softmax_cross_entropy_c2", "labels have the logits' shape"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeDenseKernel,
      .cost = SoftmaxCost,
      .samples = MakeDenseSamples};
}

OpDef MakeGrad() {
  return {.name = "SoftmaxCrossEntropyGrad",
          .label = "softmax_cross_entropy_grad",
          .doc =
              "Gradient of SoftmaxCrossEntropy to the logits.\n"
              "dlogits[n, j] = dy[n] (softmax(x[n])[j] Σ_k z[n, k] - z[n, j]).",
          .inputs = {{"logits", kFloatTypes, "T", "logits x [..., classes]"},
                     {"labels", kFloatTypes, "T", "weights z of the classes, of the logits' shape"},
                     {"dy", kFloatTypes, "T", "cotangent of the loss [...]"}},
          .outputs = {{"dlogits", kFloatTypes, "T", "cotangent of the logits [..., classes]"}},
          .constraints = {{"softmax_cross_entropy_grad_c1", "logits have a last axis"},
                          {"softmax_cross_entropy_grad_c2", "labels have the logits' shape"},
                          {"softmax_cross_entropy_grad_c3",
                           "dy has the logits' shape without the last axis"}},
          .infer = InferGrad,
          .gradient = GradGradient,
          .make_kernel = MakeDenseGradKernel,
          .cost = SoftmaxCost,
          .samples = MakeDenseGradSamples};
}

}  // namespace

namespace ops {
const OpDef& SoftmaxCrossEntropyOp() { return Singleton<Make>(); }
const OpDef& SoftmaxCrossEntropyGradOp() { return Singleton<MakeGrad>(); }

namespace cross_entropy_internal {

Shape WithoutLast(const Shape& shape) {
  return Shape(absl::MakeConstSpan(shape.dims()).subspan(0, shape.rank() - 1));
}

absl::Status CheckLogits(const Shape& logits, absl::string_view c1) {
  if (logits.rank() > 0) return absl::OkStatus();
  return InferContext::Fail(c1, "logits are a scalar; their last axis holds the classes");
}

absl::Status CheckShape(absl::string_view what, const Shape& actual, const Shape& expected,
                        absl::string_view label) {
  if (actual == expected) return absl::OkStatus();
  return InferContext::Fail(
      label, absl::StrCat(what, " ", actual.ToString(), " must be of shape ", expected.ToString()));
}

OpCost SoftmaxCost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.inputs[0]));
  return {14 * n, 12 * n};
}

}  // namespace cross_entropy_internal
}  // namespace ops

Value SoftmaxCrossEntropy(Operand logits, Operand labels) {
  return AddNode(ops::SoftmaxCrossEntropyOp(), {logits, labels});
}

}  // namespace dagrad
