#include "dagrad/ops/training/adam_update/adam_update_rows.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/training/adam_update/adam_update.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"

namespace dagrad::ops {
namespace {

Shape ShapeOfUpdates(const Shape& w, const Shape& indices) {
  Shape shape = indices;
  for (int axis = 1; axis < w.rank(); ++axis) shape.push_back(w.dim(axis));
  return shape;
}

absl::Status Infer(InferContext& c) {
  const Shape& w = c.shape(0);
  if (w.rank() == 0 || !(c.shape(3) == w) || !(c.shape(4) == w)) {
    return InferContext::Fail(
        "adam_update_rows_c1",
        absl::StrCat("w ", w.ToString(), ", m ", c.shape(3).ToString(), " and v ",
                     c.shape(4).ToString(), " must be of one shape with rows"));
  }
  const bool fits =
      c.shape(1).rank() + w.rank() - 1 <= kMaxRank && c.shape(2) == ShapeOfUpdates(w, c.shape(1));
  if (!fits) {
    return InferContext::Fail(
        "adam_update_rows_c2",
        absl::StrCat("updates ", c.shape(2).ToString(), " must be of the shape of indices ",
                     c.shape(1).ToString(), " and a row of w ", w.ToString()));
  }
  if (c.shape(5).rank() != 0) {
    return InferContext::Fail(
        "adam_update_rows_c3",
        absl::StrCat("step_size ", c.shape(5).ToString(), " must be a scalar"));
  }
  DAGRAD_RETURN_IF_ERROR(adam_update_internal::CheckOptions(c, "adam_update_rows_c4"));
  for (int i = 0; i < 3; ++i) c.SetOutput(i, c.dtype(0), w);
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto w = static_cast<double>(NumElements(c.outputs[0]));
  const auto updates = static_cast<double>(NumElements(c.inputs[2]));
  return {12 * w + updates, 0};
}

OpDef Make() {
  OpDef op = AdamUpdateOp();
  op.name = "AdamUpdateRows";
  op.label = "adam_update_rows";
  op.doc =
      "AdamUpdate of a weight of which only some rows have a gradient, as embeddings do.\n"
      "The gradient is g[r] = Σ updates[j] over the j with indices[j] = r, and 0 for other rows.";
  op.inputs[1].name = "updates";
  op.inputs[1].doc = "gradients of those rows, of the shape of indices and then of a row";
  op.inputs.insert(op.inputs.begin() + 1,
                   {.name = "indices",
                    .dtypes = kIndexTypes,
                    .doc = "numbers of rows, of any shape; negative ones count from the end",
                    .differentiable = false});
  op.traits = 0;
  for (PortSpec& output : op.outputs) output.in_place_of = output.name;
  op.constraints = {
      {"adam_update_rows_c1", "w has rows, m and v are of its shape"},
      {"adam_update_rows_c2", "updates have the shape of indices and then that of a row of w"},
      {"adam_update_rows_c3", "step_size is a scalar"},
      {"adam_update_rows_c4", "beta_1 and beta_2 are in [0, 1], epsilon is finite, >= 0"}};
  op.infer = Infer;
  op.cost = Cost;
  op.rules = nullptr;
  op.make_kernel = adam_update_internal::MakeRowsKernel;
  op.samples = adam_update_internal::MakeRowsSamples;
  return op;
}

}  // namespace

const OpDef& AdamUpdateRowsOp() { return Singleton<Make>(); }

}  // namespace dagrad::ops
