#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/nn/layer_norm/layer_norm_internal.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad {
namespace {

using namespace ops::layer_norm_internal;  // NOLINT(google-build-using-namespace)

constexpr absl::string_view kPorts[] = {"x", "gamma", "mean", "inverse_stddev", "dy"};

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(
      const int axis,
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), x.rank(), "layer_norm_grad_c1"));
  const Shape row = RowShape(x, axis), statistics = StatisticsShape(x, axis);
  const Shape* const expected[] = {&x, &row, &statistics, &statistics, &x};
  for (int i = 1; i < 5; ++i) {
    if (c.shape(i) == *expected[i]) continue;
    return InferContext::Fail(
        "layer_norm_grad_c2",
        absl::StrCat(kPorts[i], " ", c.shape(i).ToString(), " must be of shape ",
                     expected[i]->ToString(), " for x ", x.ToString(), " from axis ", axis, " on"));
  }
  c.SetOutput(0, c.dtype(0), x);
  c.SetOutput(1, c.dtype(0), row);
  c.SetOutput(2, c.dtype(0), row);
  return absl::OkStatus();
}

// For one row, with D = dy, G = D γ, X = (x - m) s, and <·> the mean over the row:
//   dx = s (G - <G> - X <G X>),  and over all rows  dγ = Σ D X,  dβ = Σ D.
// Let A, a, b be the cotangents of dx, dγ, dβ, and P = Σ_row A (G - <G> - X <G X>), so that
//   L = Σ A dx + Σ a D X + Σ b D.
// Taking X, s, G and D for independent at first,
//   ∂L/∂G = s (A - <A> - X <A X>)
//   ∂L/∂X = a D - s (A <G X> + G <A X>)
//   ∂L/∂s = P
// and through G, X and s
//   dȳ = γ ∂L/∂G + a X + b,   γ̄ = Σ_rows D ∂L/∂G,
//   x̄  = s ∂L/∂X,   m̄ = -s Σ_row ∂L/∂X,   s̄ = P + Σ_row ∂L/∂X (x - m).
absl::Status Gradient(GradContext& c) {
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  const Value x = c.input(0), gamma = c.input(1), m = c.input(2), s = c.input(3), d = c.input(4);
  const Value a_x = c.cotangent(0), a_gamma = c.cotangent(1), a_beta = c.cotangent(2);
  const int64_t axis = c.attr<int64_t>("axis");
  const std::vector<int64_t> axes = RowAxes(x, axis);
  const Value n = RowSize(x, axis);
  const auto sum = [&](Value v) { return ReduceSum(v, {.axes = axes, .keepdims = true}); };
  const Value centred = x - m, x_hat = centred * s, g = d * gamma;
  const Value mean_gx = sum(g * x_hat) / n, mean_ax = sum(a_x * x_hat) / n;
  const Value dg = s * (a_x - sum(a_x) / n - x_hat * mean_ax);
  // The driver sums over the rows.
  if (c.needs_grad(1)) c.SetGrad(1, d * dg);
  if (c.needs_grad(4)) c.SetGrad(4, gamma * dg + a_gamma * x_hat + a_beta);
  const Value dx_hat = a_gamma * d - s * (a_x * mean_gx + g * mean_ax);
  if (c.needs_grad(0)) c.SetGrad(0, s * dx_hat);
  if (c.needs_grad(2)) c.SetGrad(2, Neg(s * sum(dx_hat)));
  if (c.needs_grad(3))
    c.SetGrad(3, sum(a_x * (g - sum(g) / n - x_hat * mean_gx)) + sum(dx_hat * centred));
  return absl::OkStatus();
}

// Four sums, and three multiplications and subtractions.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.inputs[0]));
  return {14 * n, 20 * n};
}

OpDef Make() {
  return {.name = "LayerNormGrad",
          .label = "layer_norm_grad",
          .doc =
              "Gradient of LayerNorm. With x̂ = (x - mean) inverse_stddev and g = dy gamma:\n"
              "dx = inverse_stddev (g - mean of g - x̂ (mean of g x̂)), means taken over each row;\n"
              "dgamma = Σ dy x̂ and dbeta = Σ dy, summed over the rows.",
          .inputs = {{"x", kFloatTypes, "T", "LayerNorm's x"},
                     {"gamma", kFloatTypes, "T", "LayerNorm's gamma"},
                     {"mean", kFloatTypes, "T", "mean of each row, as LayerNorm gives it"},
                     {"inverse_stddev", kFloatTypes, "T", "as LayerNorm gives it"},
                     {"dy", kFloatTypes, "T", "cotangent of LayerNorm's y"}},
          .outputs = {{"dx", kFloatTypes, "T", "cotangent of x"},
                      {"dgamma", kFloatTypes, "T", "cotangent of gamma"},
                      {"dbeta", kFloatTypes, "T", "cotangent of beta"}},
          .attrs = {{"axis", AttrKind::kInt, -1, "first axis that is normalised over"}},
          .constraints = {{"layer_norm_grad_c1", "-rank <= axis < rank"},
                          {"layer_norm_grad_c2",
                           "gamma has the shape of x from axis on, mean and inverse_stddev x's "
                           "with ones there, dy x's"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeGradKernel,
          .cost = Cost,
          .samples = MakeGradSamples};
}

}  // namespace

namespace ops {
const OpDef& LayerNormGradOp() { return Singleton<Make>(); }
}  // namespace ops
}  // namespace dagrad
