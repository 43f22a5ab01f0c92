#ifndef DAGRAD_OPS_NN_BATCH_NORM_FOLD_BATCH_NORM_H_
#define DAGRAD_OPS_NN_BATCH_NORM_FOLD_BATCH_NORM_H_

#include "dagrad/graph/graph.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::ops {

// Whether a node is y = op(x, weight), linear in x, where the weight's last axis is that of y.
using IsLinear = bool (*)(runtime::GraphEditor& editor, const Node& node);

// A rule of Add, for such ops to list: batch normalization by known statistics becomes part of the
// weights of the node before,
//   ((x w + b) - m) s + t = x (w s) + ((b - m) s + t).
// The new weight and bias depend on state alone, so that they are computed once, not in every run.
runtime::RuleResult FoldBatchNorm(runtime::GraphEditor& editor, NodeId id, IsLinear is_linear);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_NN_BATCH_NORM_FOLD_BATCH_NORM_H_
