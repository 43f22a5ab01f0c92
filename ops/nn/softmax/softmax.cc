#include "dagrad/ops/nn/softmax/softmax.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/softmax/softmax_internal.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad {
namespace {

absl::Status InferAs(InferContext& c, absl::string_view c1) {
  DAGRAD_RETURN_IF_ERROR(
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), c.shape(0).rank(), c1).status());
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status InferSoftmax(InferContext& c) { return InferAs(c, "softmax_c1"); }
absl::Status InferLogSoftmax(InferContext& c) { return InferAs(c, "log_softmax_c1"); }

// ∂y_j/∂x_i = y_j (δ_ij - y_i), so x̄_i = Σ_j ȳ_j y_j (δ_ij - y_i) = y_i (ȳ_i - Σ_j ȳ_j y_j).
absl::Status SoftmaxGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const Value y = c.output(), dy = c.cotangent();
  const int64_t axis = c.attr<int64_t>("axis");
  c.SetGrad(0, y * (dy - ReduceSum(dy * y, {.axes = {axis}, .keepdims = true})));
  return absl::OkStatus();
}

// ∂y_j/∂x_i = δ_ij - exp(y_i), so x̄_i = ȳ_i - exp(y_i) Σ_j ȳ_j.
absl::Status LogSoftmaxGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, LogSoftmaxGradient);
  const Value dy = c.cotangent();
  const int64_t axis = c.attr<int64_t>("axis");
  c.SetGrad(0, dy - Exp(c.output()) * ReduceSum(dy, {.axes = {axis}, .keepdims = true}));
  return absl::OkStatus();
}

// A maximum, an exponential, a sum and a division for each element.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {12 * n, 8 * n};
}

OpDef Make(absl::string_view name, absl::string_view label, absl::string_view doc,
           absl::string_view c1) {
  return {.name = name,
          .label = label,
          .doc = doc,
          .inputs = {{"x", kFloatTypes, "T", "tensor of rank 1 or more"}},
          .outputs = {{.name = "y",
                       .dtypes = kFloatTypes,
                       .type_variable = "T",
                       .doc = "result of x's shape",
                       .in_place_of = "x"}},
          .attrs = {{"axis", AttrKind::kInt, -1, "axis that the results are normalised along"}},
          .constraints = {{c1, "-rank <= axis < rank"}},
          .cost = Cost};
}

OpDef MakeSoftmax() {
  OpDef op = Make("Softmax", "softmax",
                  "Softmax along axis: y_i = exp(x_i) / Σ_j exp(x_j).\n"
                  "The largest element is subtracted first, so that nothing overflows.",
                  "softmax_c1");
  op.infer = InferSoftmax;
  op.gradient = SoftmaxGradient;
  op.make_kernel = ops::softmax_internal::MakeSoftmaxKernel;
  op.samples = ops::softmax_internal::MakeSoftmaxSamples;
  return op;
}

OpDef MakeLogSoftmax() {
  OpDef op = Make("LogSoftmax", "log_softmax",
                  "Logarithm of the softmax along axis: y_i = x_i - log Σ_j exp(x_j).\n"
                  "The largest element is subtracted first, so that nothing overflows.",
                  "log_softmax_c1");
  op.infer = InferLogSoftmax;
  op.gradient = LogSoftmaxGradient;
  op.make_kernel = ops::softmax_internal::MakeLogSoftmaxKernel;
  op.samples = ops::softmax_internal::MakeLogSoftmaxSamples;
  return op;
}

Value AddAlongAxis(const OpDef& op, const Operand& x, const SoftmaxOptions& options) {
  return AddNode(op, {x}, {{"axis", options.axis}});
}

}  // namespace

namespace ops {
const OpDef& SoftmaxOp() { return Singleton<MakeSoftmax>(); }
const OpDef& LogSoftmaxOp() { return Singleton<MakeLogSoftmax>(); }
}  // namespace ops

Value Softmax(Operand x, const SoftmaxOptions& options) {
  return AddAlongAxis(ops::SoftmaxOp(), x, options);
}
Value LogSoftmax(Operand x, const SoftmaxOptions& options) {
  return AddAlongAxis(ops::LogSoftmaxOp(), x, options);
}

}  // namespace dagrad
