#include "dagrad/ops/nn/layer_norm/layer_norm.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/nn/layer_norm/layer_norm_internal.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/size/size.h"

namespace dagrad {
namespace {

using namespace ops::layer_norm_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"),
                                                                      x.rank(), "layer_norm_c1"));
  const Shape row = RowShape(x, axis);
  for (int i : {1, 2}) {
    if (c.shape(i) == row) continue;
    return InferContext::Fail(
        "layer_norm_c2",
        absl::StrCat(i == 1 ? "gamma " : "beta ", c.shape(i).ToString(), " must be of shape ",
                     row.ToString(), " for x ", x.ToString(), " from axis ", axis, " on"));
  }
  const double epsilon = c.attr<double>("epsilon");
  if (!std::isfinite(epsilon) || epsilon < 0) {
    return InferContext::Fail("layer_norm_c3",
                              absl::StrCat("epsilon ", epsilon, " is not finite and >= 0"));
  }
  c.SetOutput(0, c.dtype(0), x);
  c.SetOutput(1, c.dtype(0), StatisticsShape(x, axis));
  c.SetOutput(2, c.dtype(0), StatisticsShape(x, axis));
  return absl::OkStatus();
}

Value Plus(Value sum, Value term) { return sum.valid() ? sum + term : term; }

// From ȳ: LayerNormGrad, which has m = mean and s = inverse_stddev eliminated. They depend on x as
// ∂m/∂x_j = 1/n and, for s = (v + ε)^-½ with the variance v, ∂s/∂x_j = -½ s³ 2 (x_j - m)/n.
absl::Status Gradient(GradContext& c) {
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  const Value x = c.input(0), s = c.output(2);
  const int64_t axis = c.attr<int64_t>("axis");
  Value dx;
  if (c.has_cotangent(0)) {
    const Value first = c.builder()->AddNode(ops::LayerNormGradOp(),
                                             {x, c.input(1), c.output(1), s, c.cotangent(0)},
                                             {{"axis", axis}}, SourceLocation::Current());
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
  if (c.has_cotangent(1)) dx = Plus(dx, BroadcastTo(c.cotangent(1) / RowSize(x, axis), x.shape()));
  if (c.has_cotangent(2))
    dx = Plus(dx, (x - c.output(1)) * Neg(c.cotangent(2) * s * s * s / RowSize(x, axis)));
  if (dx.valid()) c.SetGrad(0, dx);
  return absl::OkStatus();
}

// Two sums, and two multiplications and additions.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.inputs[0]));
  return {9 * n, 8 * n};
}

OpDef Make() {
  return {.name = "LayerNorm",
          .label = "layer_norm",
          .doc =
              "Normalizes each row, that is the axes from axis on (Ba, Kiros, Hinton, 2016).\n"
              "y = gamma (x - mean) inverse_stddev + beta, with mean and variance taken over the n "
              "elements of\n"
              "the row and inverse_stddev = 1 / sqrt(variance + epsilon).",
          .inputs = {{"x", kFloatTypes, "T", "tensor of rank 1 or more"},
                     {"gamma", kFloatTypes, "T", "scale, of the shape of a row"},
                     {"beta", kFloatTypes, "T", "offset, of the shape of a row"}},
          .outputs = {{"y", kFloatTypes, "T", "normalized x"},
                      {"mean", kFloatTypes, "T", "mean of each row, with 1 for the row's axes"},
                      {"inverse_stddev", kFloatTypes, "T",
                       "1 / sqrt(variance + epsilon) of each row, shaped like mean"}},
          .attrs = {{"axis", AttrKind::kInt, -1, "first axis that is normalised over"},
                    {"epsilon", AttrKind::kFloat, 1e-3, "added to the variance"}},
          .constraints = {{"layer_norm_c1", "-rank <= axis < rank"},
                          {"layer_norm_c2", "gamma and beta have the shape of x from axis on"},
                          {"layer_norm_c3", "epsilon is finite and >= 0"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeKernel,
          .cost = Cost,
          .samples = MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& LayerNormOp() { return Singleton<Make>(); }

namespace layer_norm_internal {

Shape RowShape(const Shape& x, int axis) {
  return Shape(absl::MakeConstSpan(x.dims()).subspan(axis));
}

Shape StatisticsShape(const Shape& x, int axis) {
  Shape s = x;
  for (int i = axis; i < x.rank(); ++i) s.set_dim(i, 1);
  return s;
}

std::vector<int64_t> RowAxes(const Value& x, int64_t axis) {
  std::vector<int64_t> axes;
  for (int64_t i = axis < 0 ? axis + x.rank() : axis; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

Value RowSize(const Value& x, int64_t axis) {
  return Maximum(Size(x, RowAxes(x, axis), x.dtype()), 1.0);
}

}  // namespace layer_norm_internal
}  // namespace ops

LayerNormResult LayerNorm(Operand x, Operand gamma, Operand beta, const LayerNormOptions& options) {
  if (x.builder() == nullptr) return {};
  const Value y =
      x.builder()->AddNode(ops::LayerNormOp(), {x.value(), gamma.value(), beta.value()},
                           {{"axis", options.axis}, {"epsilon", options.epsilon}}, x.location());
  const std::vector<Value> outputs = x.builder()->Outputs(y, 3);
  return {outputs[0], outputs[1], outputs[2]};
}

}  // namespace dagrad
