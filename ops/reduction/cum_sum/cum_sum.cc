#include "dagrad/ops/reduction/cum_sum/cum_sum.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/reduction/cum_sum/cum_sum_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), c.shape(0).rank(), "cum_sum_c1")
          .status());
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

// x[j] is part of y[i] for all i >= j, so x̄ sums ȳ from j on: from the other end.
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  c.SetGrad(0, CumSum(c.cotangent(), {.axis = c.attr<int64_t>("axis"),
                                      .exclusive = c.attr<bool>("exclusive"),
                                      .reverse = !c.attr<bool>("reverse")}));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "CumSum",
          .label = "cum_sum",
          .doc = "The sums of an axis' elements up to each of them (numpy.cumsum).",
          .inputs = {{"x", kNumberTypes, "T", "tensor of rank 1 or more"}},
          .outputs = {{"y", kNumberTypes, "T", "sums, of x's shape"}},
          .attrs = {{"axis", AttrKind::kInt, -1, "axis along which elements are added up"},
                    {"exclusive", AttrKind::kBool, false, "sums are without the element itself"},
                    {"reverse", AttrKind::kBool, false, "sums are from the end"}},
          .constraints = {{"cum_sum_c1", "axis is in [-rank, rank)"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::cum_sum_internal::MakeKernel,
          .samples = ops::cum_sum_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& CumSumOp() { return Singleton<Make>(); }
}  // namespace ops

Value CumSum(Operand x, const CumSumOptions& options) {
  return AddNode(
      ops::CumSumOp(), {x},
      {{"axis", options.axis}, {"exclusive", options.exclusive}, {"reverse", options.reverse}});
}

}  // namespace dagrad
