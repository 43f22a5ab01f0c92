#include "dagrad/ops/nn/non_max_suppression/non_max_suppression.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/nn/non_max_suppression/non_max_suppression_internal.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape &boxes = c.shape(0), &scores = c.shape(1);
  if (boxes.rank() != 3 || scores.rank() != 3 || !(boxes.dim(2) == Dim(4)) ||
      !(boxes.dim(0) == scores.dim(0)) || !(boxes.dim(1) == scores.dim(2))) {
    return InferContext::Fail(
        "non_max_suppression_c1",
        absl::StrCat("boxes ", boxes.ToString(), " and scores ", scores.ToString(),
                     " must be [batch, n, 4] and [batch, classes, n]"));
  }
  const int64_t most = c.attr<int64_t>("max_output_per_class");
  const double iou = c.attr<double>("iou_threshold");
  if (most < 0 || !(iou >= 0 && iou <= 1)) {
    return InferContext::Fail(
        "non_max_suppression_c2",
        absl::StrCat("max_output_per_class is ", most, ", iou_threshold ", iou));
  }
  c.SetOutput(0, DType::kInt64, {scores.dim(0) * scores.dim(1) * scores.dim(2), 3});
  c.SetOutput(1, DType::kInt64, {});
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto scores = static_cast<double>(NumElements(c.inputs[1]));
  return {.flops = 20 * scores, .bytes = 0};
}

OpDef Make() {
  return {
      .name = "NonMaxSuppression",
      .label = "non_max_suppression",
      .doc =
          "Boxes of each class by falling score, without those that overlap one that is kept.\n"
          "Overlap is intersection over union; what is above iou_threshold is left out.",
      .inputs = {{.name = "boxes",
                  .dtypes = kFloatTypes,
                  .type_variable = "T",
                  .doc = "[batch, n, 4]",
                  .differentiable = false},
                 {.name = "scores",
                  .dtypes = kFloatTypes,
                  .type_variable = "T",
                  .doc = "[batch, classes, n]",
                  .differentiable = false}},
      .outputs = {{.name = "indices",
                   .dtypes = {DType::kInt64},
                   .doc = "[m, 3]: image, class, box; zeros beyond count"},
                  {.name = "count", .dtypes = {DType::kInt64}, .doc = "boxes kept, a scalar"}},
      .attrs = {{"max_output_per_class", AttrKind::kInt, std::nullopt,
                 "boxes kept of each class of each image, at most"},
                {"iou_threshold", AttrKind::kFloat, 0.0, "overlap above which a box is left out"},
                {"score_threshold", AttrKind::kFloat, -std::numeric_limits<double>::infinity(),
                 "scores that are not above it are left out; -inf: none are"},
                {"center_point_box", AttrKind::kBool, false,
                 "boxes are x, y, width, height of their centre, else two corners y, x"}},
      .constraints = {{"non_max_suppression_c1", "the shapes fit each other"},
                      {"non_max_suppression_c2",
                       "iou_threshold is in [0, 1], max_output_per_class not negative"}},
      .infer = Infer,
      .make_kernel = ops::non_max_suppression_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::non_max_suppression_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& NonMaxSuppressionOp() { return Singleton<Make>(); }
}  // namespace ops

Value NonMaxSuppression(Operand boxes, Operand scores, const NonMaxSuppressionOptions& options) {
  const double least = options.score_threshold.value_or(-std::numeric_limits<double>::infinity());
  const Value node = AddNode(ops::NonMaxSuppressionOp(), {boxes, scores},
                             {{"max_output_per_class", options.max_output_per_class},
                              {"iou_threshold", options.iou_threshold},
                              {"score_threshold", least},
                              {"center_point_box", options.center_point_box}});
  if (!node.valid()) return node;
  const std::vector<Value> all = node.builder()->Outputs(node, 2);
  const Dim m = BindDim(all[1]);
  return m.is_valid() ? Slice(all[0], {0, 0}, {m, 3}) : Value();
}

}  // namespace dagrad
