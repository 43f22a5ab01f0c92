#include "dagrad/ops/indexing/top_k/top_k.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"
#include "dagrad/ops/indexing/top_k/top_k_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"),
                                                                      x.rank(), "arg_top_k_c1"));
  const Shape& k = c.attr<Shape>("k");
  const bool is_one = k.rank() == 1 && k.Validate().ok();
  const bool is_too_large = is_one && k.dim(0).is_known() && x.dim(axis).is_known() &&
                            k.dim(0).value() > x.dim(axis).value();
  if (!is_one || is_too_large) {
    return InferContext::Fail(
        "arg_top_k_c2", absl::StrCat("k ", k.ToString(), " of axis ", axis, " of ", x.ToString()));
  }
  Shape y = x;
  y.set_dim(axis, k.dim(0));
  c.SetOutput(0, DType::kInt64, std::move(y));
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  return {.flops = 8 * static_cast<double>(NumElements(c.inputs[0])), .bytes = 0};
}

OpDef Make() {
  return {.name = "ArgTopK",
          .label = "arg_top_k",
          .doc =
              "Indices along an axis of its k largest or smallest elements, best first.\n"
              "Of equal elements the smaller index comes first; NaN is larger than every number.",
          .inputs = {{.name = "x",
                      .dtypes = kNumberTypes,
                      .doc = "tensor of rank 1 or more",
                      .differentiable = false}},
          .outputs = {{.name = "y",
                       .dtypes = {DType::kInt64},
                       .doc = "x's shape with k in the place of axis"}},
          .attrs = {{"k", AttrKind::kShape, std::nullopt, "[k]: number of elements"},
                    {"axis", AttrKind::kInt, -1, "axis along which elements are compared"},
                    {"largest", AttrKind::kBool, true, "the largest, else the smallest"}},
          .constraints = {{"arg_top_k_c1", "axis is in [-rank, rank)"},
                          {"arg_top_k_c2", "k is one dimension, at most that of the axis"}},
          .infer = Infer,
          .make_kernel = ops::top_k_internal::MakeKernel,
          .cost = Cost,
          .samples = ops::top_k_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& ArgTopKOp() { return Singleton<Make>(); }
}  // namespace ops

Value ArgTopK(Operand x, Dim k, const TopKOptions& options) {
  return AddNode(
      ops::ArgTopKOp(), {x},
      {{"k", Shape({std::move(k)})}, {"axis", options.axis}, {"largest", options.largest}});
}

TopKResult TopK(Operand x, Dim k, const TopKOptions& options) {
  const Value indices = ArgTopK(x, std::move(k), options);
  if (!indices.valid()) return {};
  return {TakeAlongAxis(x, indices, options.axis), indices};
}

}  // namespace dagrad
