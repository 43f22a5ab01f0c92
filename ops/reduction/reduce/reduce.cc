#include "dagrad/ops/reduction/reduce/reduce.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/reduction/reduce/reduce_internal.h"

namespace dagrad {
namespace {

using ops::reduce_internal::Kind;

struct Labels {
  absl::string_view op, axes_in_range, axes_distinct;
};

constexpr Labels kLabels[] = {{"reduce_sum", "reduce_sum_c1", "reduce_sum_c2"},
                              {"reduce_mean", "reduce_mean_c1", "reduce_mean_c2"},
                              {"reduce_prod", "reduce_prod_c1", "reduce_prod_c2"},
                              {"reduce_max", "reduce_max_c1", "reduce_max_c2"},
                              {"reduce_min", "reduce_min_c1", "reduce_min_c2"},
                              {"reduce_any", "reduce_any_c1", "reduce_any_c2"},
                              {"reduce_all", "reduce_all_c1", "reduce_all_c2"}};

absl::Status CheckAxes(const std::vector<int64_t>& axes, int rank, const Labels& labels) {
  uint32_t seen = 0;
  for (int64_t axis : axes) {
    DAGRAD_ASSIGN_OR_RETURN(const int a,
                            InferContext::NormalizeAxis(axis, rank, labels.axes_in_range));
    if ((seen >> a & 1) != 0) {
      return InferContext::Fail(labels.axes_distinct,
                                absl::StrCat("axis ", axis, " is given twice"));
    }
    seen |= uint32_t{1} << a;
  }
  return absl::OkStatus();
}

template <Kind kind>
absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  const auto& axes = c.attr<std::vector<int64_t>>("axes");
  DAGRAD_RETURN_IF_ERROR(CheckAxes(axes, x.rank(), kLabels[static_cast<int>(kind)]));
  const bool keepdims = c.attr<bool>("keepdims");
  const std::vector<bool> reduced = ops::reduce_internal::ReducedAxes(axes, x.rank());
  Shape y;
  for (int a = 0; a < x.rank(); ++a) {
    if (!reduced[a]) y.push_back(x.dim(a));
    if (reduced[a] && keepdims) y.push_back(1);
  }
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

template <Kind kind>
OpDef Make(absl::string_view name, absl::string_view doc, DTypeSet dtypes,
           absl::Status (*gradient)(GradContext&), ops::Samples (*samples)()) {
  const Labels& labels = kLabels[static_cast<int>(kind)];
  return {.name = name,
          .label = labels.op,
          .doc = doc,
          .inputs = {{.name = "x",
                      .dtypes = dtypes,
                      .type_variable = "T",
                      .doc = "tensor of any shape",
                      .differentiable = dtypes != kBoolType}},
          .outputs = {{"y", dtypes, "T", "x without the reduced axes"}},
          .attrs = {{"axes", AttrKind::kInts, std::vector<int64_t>(), "axes to reduce; empty: all"},
                    {"keepdims", AttrKind::kBool, false, "keep reduced axes as dimensions 1"}},
          .traits = kReduction,
          .constraints = {{labels.axes_in_range, "every axis is in [-rank, rank)"},
                          {labels.axes_distinct, "no axis is given twice"}},
          .infer = Infer<kind>,
          .gradient = gradient,
          .make_kernel = ops::reduce_internal::MakeKernel<kind>,
          .samples = samples};
}

Value Reduce(const OpDef& op, const Operand& x, ReduceOptions options) {
  return AddNode(op, {x}, {{"axes", std::move(options.axes)}, {"keepdims", options.keepdims}});
}

}  // namespace

namespace ops {
namespace reduce_internal {

std::vector<bool> ReducedAxes(const std::vector<int64_t>& axes, int rank) {
  std::vector<bool> reduced(rank, axes.empty());
  for (int64_t axis : axes) reduced[axis < 0 ? axis + rank : axis] = true;
  return reduced;
}

Shape KeptShape(const Shape& x, const std::vector<int64_t>& axes) {
  const std::vector<bool> reduced = ReducedAxes(axes, x.rank());
  Shape kept = x;
  for (int a = 0; a < x.rank(); ++a) {
    if (reduced[a]) kept.set_dim(a, 1);
  }
  return kept;
}

}  // namespace reduce_internal

const OpDef& ReduceSumOp() {
  static const OpDef* const op = new OpDef(Make<Kind::kSum>(
      "ReduceSum", "Sum over axes: y = Σ x; 0 of no elements. Integers wrap around.", kNumberTypes,
      reduce_internal::SumGradient, reduce_internal::SumSamples));
  return *op;
}
const OpDef& ReduceMeanOp() {
  static const OpDef* const op = new OpDef(
      Make<Kind::kMean>("ReduceMean", "Mean over axes: y = Σ x / n; NaN of no elements.",
                        kFloatTypes, reduce_internal::MeanGradient, reduce_internal::MeanSamples));
  return *op;
}
const OpDef& ReduceProdOp() {
  static const OpDef* const op = new OpDef(Make<Kind::kProd>(
      "ReduceProd", "Product over axes: y = Π x; 1 of no elements. Integers wrap around.",
      kNumberTypes, reduce_internal::ProdGradient, reduce_internal::ProdSamples));
  return *op;
}
const OpDef& ReduceMaxOp() {
  static const OpDef* const op = new OpDef(Make<Kind::kMax>(
      "ReduceMax",
      "Largest element over axes; NaN if one is. Of no elements, -inf or the lowest number.",
      kNumberTypes, reduce_internal::ExtremumGradient, reduce_internal::MaxSamples));
  return *op;
}
const OpDef& ReduceMinOp() {
  static const OpDef* const op = new OpDef(Make<Kind::kMin>(
      "ReduceMin",
      "Smallest element over axes; NaN if one is. Of no elements, inf or the highest number.",
      kNumberTypes, reduce_internal::ExtremumGradient, reduce_internal::MinSamples));
  return *op;
}
const OpDef& ReduceAnyOp() {
  static const OpDef* const op = new OpDef(
      Make<Kind::kAny>("ReduceAny", "Whether any element over axes is true; false of no elements.",
                       kBoolType, nullptr, reduce_internal::AnySamples));
  return *op;
}
const OpDef& ReduceAllOp() {
  static const OpDef* const op = new OpDef(
      Make<Kind::kAll>("ReduceAll", "Whether all elements over axes are true; true of no elements.",
                       kBoolType, nullptr, reduce_internal::AllSamples));
  return *op;
}
}  // namespace ops

Value ReduceSum(Operand x, ReduceOptions o) { return Reduce(ops::ReduceSumOp(), x, std::move(o)); }
Value ReduceMean(Operand x, ReduceOptions o) {
  return Reduce(ops::ReduceMeanOp(), x, std::move(o));
}
Value ReduceProd(Operand x, ReduceOptions o) {
  return Reduce(ops::ReduceProdOp(), x, std::move(o));
}
Value ReduceMax(Operand x, ReduceOptions o) { return Reduce(ops::ReduceMaxOp(), x, std::move(o)); }
Value ReduceMin(Operand x, ReduceOptions o) { return Reduce(ops::ReduceMinOp(), x, std::move(o)); }
Value ReduceAny(Operand x, ReduceOptions o) { return Reduce(ops::ReduceAnyOp(), x, std::move(o)); }
Value ReduceAll(Operand x, ReduceOptions o) { return Reduce(ops::ReduceAllOp(), x, std::move(o)); }

}  // namespace dagrad
