#include "dagrad/ops/reduction/arg_max/arg_max.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/reduction/arg_max/arg_max_internal.h"

namespace dagrad {
namespace {

absl::Status InferAxis(InferContext& c, absl::string_view c1, absl::string_view c2) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(const int axis,
                          InferContext::NormalizeAxis(c.attr<int64_t>("axis"), x.rank(), c1));
  if (x.dim(axis) == Dim(0)) {
    return InferContext::Fail(
        c2, absl::StrCat("axis ", axis, " of ", x.ToString(), " has no elements"));
  }
  Shape y;
  for (int a = 0; a < x.rank(); ++a) {
    if (a != axis) y.push_back(x.dim(a));
    if (a == axis && c.attr<bool>("keepdims")) y.push_back(1);
  }
  c.SetOutput(0, DType::kInt64, std::move(y));
  return absl::OkStatus();
}

absl::Status InferMax(InferContext& c) { return InferAxis(c, "arg_max_c1", "arg_max_c2"); }
absl::Status InferMin(InferContext& c) { return InferAxis(c, "arg_min_c1", "arg_min_c2"); }

OpDef Make(absl::string_view name, absl::string_view label, absl::string_view doc) {
  return {.name = name,
          .label = label,
          .doc = doc,
          .inputs = {{.name = "x",
                      .dtypes = kNumberTypes,
                      .doc = "tensor of rank 1 or more",
                      .differentiable = false}},
          .outputs = {{.name = "y", .dtypes = {DType::kInt64}, .doc = "indices along axis"}},
          .attrs = {{"axis", AttrKind::kInt, -1, "axis along which elements are compared"},
                    {"keepdims", AttrKind::kBool, false, "keep the axis as a dimension 1"}},
          .cost = [](const CostContext& c) {
            const double n = static_cast<double>(NumElements(c.inputs[0]));
            return OpCost{.flops = n, .bytes = 4 * n};
          }};
}

OpDef MakeMax() {
  OpDef op = Make("ArgMax", "arg_max",
                  "Index of the largest element along an axis; of equal ones the first.\n"
                  "NaN counts as larger than every number (numpy.argmax).");
  op.constraints = {{"arg_max_c1", "axis is in [-rank, rank)"},
                    {"arg_max_c2", "the axis has elements"}};
  op.infer = InferMax;
  op.make_kernel = ops::arg_max_internal::MakeMaxKernel;
  op.samples = ops::arg_max_internal::MaxSamples;
  return op;
}

OpDef MakeMin() {
  OpDef op = Make("ArgMin", "arg_min",
                  "Index of the smallest element along an axis; of equal ones the first.\n"
                  "NaN counts as smaller than every number (numpy.argmin).");
  op.constraints = {{"arg_min_c1", "axis is in [-rank, rank)"},
                    {"arg_min_c2", "the axis has elements"}};
  op.infer = InferMin;
  op.make_kernel = ops::arg_max_internal::MakeMinKernel;
  op.samples = ops::arg_max_internal::MinSamples;
  return op;
}

Value Arg(const OpDef& op, const Operand& x, const ArgOptions& options) {
  return AddNode(op, {x}, {{"axis", options.axis}, {"keepdims", options.keepdims}});
}

}  // namespace

namespace ops {
const OpDef& ArgMaxOp() { return Singleton<MakeMax>(); }
const OpDef& ArgMinOp() { return Singleton<MakeMin>(); }
}  // namespace ops

Value ArgMax(Operand x, const ArgOptions& options) { return Arg(ops::ArgMaxOp(), x, options); }
Value ArgMin(Operand x, const ArgOptions& options) { return Arg(ops::ArgMinOp(), x, options); }

}  // namespace dagrad
