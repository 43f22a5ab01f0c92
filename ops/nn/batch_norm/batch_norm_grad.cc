#include <cmath>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/batch_norm/batch_norm_internal.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad {
namespace {

using namespace ops::batch_norm_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {"x", "gamma", "mean", "variance", "dy"};

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  if (x.rank() < 2) {
    return InferContext::Fail("batch_norm_grad_c1",
                              absl::StrCat("x ", x.ToString(), " is of rank below 2"));
  }
  const Shape channels({x.dim(-1)});
  for (int i : {1, 2, 3, 4}) {
    const Shape& expected = i == 4 ? x : channels;
    if (c.shape(i) == expected) continue;
    return InferContext::Fail("batch_norm_grad_c2",
                              absl::StrCat(kPorts[i], " ", c.shape(i).ToString(),
                                           " must be of shape ", expected.ToString()));
  }
  const double epsilon = c.attr<double>("epsilon");
  if (!std::isfinite(epsilon) || epsilon < 0) {
    return InferContext::Fail("batch_norm_grad_c3",
                              absl::StrCat("epsilon ", epsilon, " is not finite and >= 0"));
  }
  c.SetOutput(0, c.dtype(0), x);
  c.SetOutput(1, c.dtype(0), channels);
  c.SetOutput(2, c.dtype(0), channels);
  return absl::OkStatus();
}

// For one channel, with D = dy, r = (variance + ε)^-½, X = (x - mean) r, and <·> the mean over the
// batch:
//   dx = γ r (D - <D> - X <D X>),  dγ = Σ D X,  dβ = Σ D.
// Let A, a, b be the cotangents of dx, dγ, dβ, and P = Σ A (D - <D> - X <D X>), so that
//   L = Σ A dx + a dγ + b dβ = γ r P + a Σ D X + b Σ D.
// Taking X, r and D for independent at first,
//   ∂L/∂D = γ r (A - <A> - X <A X>) + a X + b
//   ∂L/∂X = a D - γ r (A <D X> + D <A X>)
//   ∂L/∂γ = r P,   ∂L/∂r = γ P
// and through X and r
//   x̄ = r ∂L/∂X,   mean̄ = -r Σ ∂L/∂X,   variancē = -½ r³ (∂L/∂r + Σ ∂L/∂X (x - mean)).
absl::Status Gradient(GradContext& c) {
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  const Value x = c.input(0), gamma = c.input(1), mean = c.input(2), variance = c.input(3),
              d = c.input(4);
  const Value a_x = c.cotangent(0), a_gamma = c.cotangent(1), a_beta = c.cotangent(2);
  const std::vector<int64_t> axes = BatchAxes(x);
  const Value n = BatchSize(x);
  const auto sum = [&](Value v) { return ReduceSum(v, {.axes = axes}); };
  const Value r = Rsqrt(variance + c.attr<double>("epsilon"));
  const Value centred = x - mean, x_hat = centred * r, scale = gamma * r;
  const Value mean_dx = sum(d * x_hat) / n, mean_ax = sum(a_x * x_hat) / n;
  if (c.needs_grad(4)) {
    c.SetGrad(4, scale * (a_x - sum(a_x) / n - x_hat * mean_ax) + a_gamma * x_hat + a_beta);
  }
  const Value p = sum(a_x * (d - sum(d) / n - x_hat * mean_dx));
  if (c.needs_grad(1)) c.SetGrad(1, r * p);
  const Value dx_hat = a_gamma * d - scale * (a_x * mean_dx + d * mean_ax);
  if (c.needs_grad(0)) c.SetGrad(0, r * dx_hat);
  if (c.needs_grad(2)) c.SetGrad(2, Neg(r * sum(dx_hat)));
  if (c.needs_grad(3)) c.SetGrad(3, r * r * r * (gamma * p + sum(dx_hat * centred)) * -0.5);
  return absl::OkStatus();
}

// Two sums, and two multiplications and subtractions.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.inputs[0]));
  return {10 * n, 20 * n};
}

OpDef Make() {
  return {.name = "BatchNormGrad",
          .label = "batch_norm_grad",
          .doc =
              "Gradient of BatchNorm. With r = 1 / sqrt(variance + epsilon) and x̂ = (x - mean) r:\n"
              "dbeta = Σ dy and dgamma = Σ dy x̂, summed over the N elements of each channel;\n"
              "dx = gamma r (dy - dbeta / N - x̂ dgamma / N).",
          .inputs = {{"x", kFloatTypes, "T", "BatchNorm's x"},
                     {"gamma", kFloatTypes, "T", "BatchNorm's gamma"},
                     {"mean", kFloatTypes, "T", "mean of each channel, as BatchNorm gives it"},
                     {"variance", kFloatTypes, "T", "variance of each channel, likewise"},
                     {"dy", kFloatTypes, "T", "cotangent of BatchNorm's y"}},
          .outputs = {{"dx", kFloatTypes, "T", "cotangent of x"},
                      {"dgamma", kFloatTypes, "T", "cotangent of gamma"},
                      {"dbeta", kFloatTypes, "T", "cotangent of beta"}},
          .attrs = {{"epsilon", AttrKind::kFloat, 1e-3, "added to the variance"}},
          .constraints = {{"batch_norm_grad_c1", "x is of rank 2 or more"},
                          {"batch_norm_grad_c2",
                           "gamma, mean and variance are vectors of the size of x's last axis, dy "
                           "has x's shape"},
                          {"batch_norm_grad_c3", "epsilon is finite and >= 0"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeGradKernel,
          .cost = Cost,
          .samples = MakeGradSamples};
}

}  // namespace

namespace ops {
const OpDef& BatchNormGradOp() { return Singleton<Make>(); }
}  // namespace ops
}  // namespace dagrad
