#include "dagrad/ops/nn/batch_norm/batch_norm.h"

#include <cmath>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/batch_norm/batch_norm_internal.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/size/size.h"

namespace dagrad {
namespace {

using namespace ops::batch_norm_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  if (x.rank() < 2) {
    return InferContext::Fail("batch_norm_c1",
                              absl::StrCat("x ", x.ToString(), " is of rank below 2"));
  }
  const Shape channels({x.dim(-1)});
  for (int i : {1, 2}) {
    if (c.shape(i) == channels) continue;
    return InferContext::Fail(
        "batch_norm_c2",
        absl::StrCat(i == 1 ? "gamma " : "beta ", c.shape(i).ToString(), " must be of shape ",
                     channels.ToString(), " for x ", x.ToString()));
  }
  const double epsilon = c.attr<double>("epsilon");
  if (!std::isfinite(epsilon) || epsilon < 0) {
    return InferContext::Fail("batch_norm_c3",
                              absl::StrCat("epsilon ", epsilon, " is not finite and >= 0"));
  }
  c.SetOutput(0, c.dtype(0), x);
  c.SetOutput(1, c.dtype(0), channels);
  c.SetOutput(2, c.dtype(0), channels);
  return absl::OkStatus();
}

Value Plus(Value sum, Value term) { return sum.valid() ? sum + term : term; }

// From ȳ: the derivation is Ioffe and Szegedy's, section 3, with the statistics eliminated. They
// depend on x as ∂mean/∂x_i = 1/N and ∂variance/∂x_i = 2 (x_i - mean)/N (the mean's own part
// vanishes, as Σ_i (x_i - mean) = 0).
absl::Status Gradient(GradContext& c) {
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  const Value x = c.input(0);
  Value dx;
  if (c.has_cotangent(0)) {
    const Value first = c.builder()->AddNode(
        ops::BatchNormGradOp(), {x, c.input(1), c.output(1), c.output(2), c.cotangent(0)},
        {{"epsilon", c.attr<double>("epsilon")}}, SourceLocation::Current());
    const std::vector<Value> grads = c.builder()->Outputs(first, 3);
    dx = grads[0];
    if (c.needs_grad(1)) c.SetGrad(1, grads[1]);
    if (c.needs_grad(2)) c.SetGrad(2, grads[2]);
  } else {
    for (int i : {1, 2}) {
      if (c.needs_grad(i)) c.SetGrad(i, ZerosLike(c.input(i)));
    }
  }
  if (!c.needs_grad(0)) return absl::OkStatus();
  if (c.has_cotangent(1)) dx = Plus(dx, BroadcastTo(c.cotangent(1) / BatchSize(x), x.shape()));
  if (c.has_cotangent(2)) dx = Plus(dx, (x - c.output(1)) * (c.cotangent(2) * 2.0 / BatchSize(x)));
  if (dx.valid()) c.SetGrad(0, dx);
  return absl::OkStatus();
}

// Two sums, and one multiplication and addition.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.inputs[0]));
  return {8 * n, 12 * n};
}

OpDef Make() {
  return {
      .name = "BatchNorm",
      .label = "batch_norm",
      .doc =
          "Normalizes each channel by the statistics of the batch (Ioffe, Szegedy, 2015).\n"
          "y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each "
          "channel\n"
          "(the last axis) taken over all other axes; variance is divided by the number of "
          "elements.",
      .inputs = {{"x", kFloatTypes, "T", "tensor [..., channels] of rank 2 or more"},
                 {"gamma", kFloatTypes, "T", "scale [channels]"},
                 {"beta", kFloatTypes, "T", "offset [channels]"}},
      .outputs = {{"y", kFloatTypes, "T", "normalized x"},
                  {"mean", kFloatTypes, "T", "mean of each channel [channels]"},
                  {"variance", kFloatTypes, "T", "variance of each channel [channels]"}},
      .attrs = {{"epsilon", AttrKind::kFloat, 1e-3, "added to the variance"}},
      .constraints = {{"batch_norm_c1", "x is of rank 2 or more"},
                      {"batch_norm_c2", "gamma and beta are vectors of the size of x's last axis"},
                      {"batch_norm_c3", "epsilon is finite and >= 0"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeKernel,
      .cost = Cost,
      .samples = MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& BatchNormOp() { return Singleton<Make>(); }

namespace batch_norm_internal {

std::vector<int64_t> BatchAxes(const Value& x) {
  std::vector<int64_t> axes(x.rank() - 1);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

Value BatchSize(const Value& x) { return Maximum(Size(x, BatchAxes(x), x.dtype()), 1.0); }

}  // namespace batch_norm_internal
}  // namespace ops

BatchNormResult BatchNorm(Operand x, Operand gamma, Operand beta, const BatchNormOptions& options) {
  if (x.builder() == nullptr) return {};
  const Value y = x.builder()->AddNode(ops::BatchNormOp(), {x.value(), gamma.value(), beta.value()},
                                       {{"epsilon", options.epsilon}}, x.location());
  const std::vector<Value> outputs = x.builder()->Outputs(y, 3);
  return {outputs[0], outputs[1], outputs[2]};
}

Value BatchNormInference(Operand x, Operand gamma, Operand beta, Operand mean, Operand variance,
                         const BatchNormOptions& options) {
  const Operand scale(gamma.value() * Rsqrt(variance.value() + options.epsilon), x.location());
  return Add(Operand(Mul(Operand(Sub(x, mean), x.location()), scale), x.location()), beta);
}

}  // namespace dagrad
