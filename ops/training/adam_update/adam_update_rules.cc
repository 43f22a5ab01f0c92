#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"
#include "dagrad/ops/training/adam_update/adam_update_rows.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::ops::adam_update_internal {
namespace {

using runtime::Rule;

// AdamUpdate(w, ScatterAdd(indices, updates), m, v, step_size): the gradient is that of rows, and
// nothing else needs it. The others' zeros are never made.
runtime::RuleResult AdamOfRows(runtime::GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  const ValueRef gradient = node.inputs[1];
  const Node& scatter = editor.producer(gradient);
  if (scatter.op != &ScatterAddOp() || editor.uses(gradient) != 1) return std::nullopt;
  const int64_t axis = scatter.attrs.Get<int64_t>("axis");
  if (axis != 0 && axis != -editor.type(gradient).shape.rank()) return std::nullopt;
  const ValueRef inputs[] = {node.inputs[0], scatter.inputs[0], scatter.inputs[1],
                             node.inputs[2], node.inputs[3],    node.inputs[4]};
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, AdamUpdateRowsOp(), inputs, AttrMap(node.attrs)));
  return "the gradient is 0 but for some rows";
}

constexpr Rule kRules[] = {{"adam_of_rows", runtime::RuleStage::kSimplify, AdamOfRows}};

}  // namespace

absl::Span<const Rule> Rules() { return kRules; }

}  // namespace dagrad::ops::adam_update_internal
