#include "dagrad/ops/nn/batch_norm/fold_batch_norm.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad::ops {
namespace {

using runtime::GraphEditor;
using runtime::MatchVectorOp;

constexpr int kMaxVisited = 64;

bool IsUpdated(const Function& f, const Node& state) {
  for (const Function::Update& u : f.updates) {
    if (u.state == state.name) return true;
  }
  return false;
}

// Whether `v` follows from constants and states alone that the function does not update.
bool IsFixed(GraphEditor& editor, ValueRef v, int* visited) {
  if (++*visited > kMaxVisited) return false;
  const Node& node = editor.producer(v);
  if (node.op->Has(kStructural)) {
    const auto& states = editor.function().states;
    return std::find(states.begin(), states.end(), v.node) != states.end() &&
           !IsUpdated(editor.function(), node);
  }
  const auto inputs = node.inputs;
  for (ValueRef in : inputs) {
    if (!IsFixed(editor, in, visited)) return false;
  }
  return true;
}

bool IsFixed(GraphEditor& editor, ValueRef v) {
  int visited = 0;
  return IsFixed(editor, v, &visited);
}

// y = op(x, weight) (+ bias), where the last axis of the weight is that of y.
struct Linear {
  NodeId node;
  ValueRef x, weight;
  std::optional<ValueRef> bias;
};

std::optional<Linear> MatchProduct(GraphEditor& editor, ValueRef v, IsLinear is_linear) {
  const Node& node = editor.producer(v);
  if (editor.uses(v) != 1 || !is_linear(editor, node)) return std::nullopt;
  return Linear{v.node, node.inputs[0], node.inputs[1], std::nullopt};
}

std::optional<Linear> MatchLinear(GraphEditor& editor, ValueRef v, IsLinear is_linear) {
  const auto biased = MatchVectorOp(editor, v, AddOp());
  if (!biased.has_value() || editor.uses(v) != 1) return MatchProduct(editor, v, is_linear);
  std::optional<Linear> linear = MatchProduct(editor, biased->x, is_linear);
  if (linear.has_value()) linear->bias = biased->vector;
  return linear;
}

}  // namespace

runtime::RuleResult FoldBatchNorm(GraphEditor& editor, NodeId id, IsLinear is_linear) {
  const auto shift = MatchVectorOp(editor, {id, 0}, AddOp());
  if (!shift.has_value() || editor.uses(shift->x) != 1) return std::nullopt;
  const auto scale = MatchVectorOp(editor, shift->x, MulOp());
  if (!scale.has_value() || editor.uses(scale->x) != 1) return std::nullopt;
  const auto mean = MatchVectorOp(editor, scale->x, SubOp());
  if (!mean.has_value()) return std::nullopt;
  const std::optional<Linear> linear = MatchLinear(editor, mean->x, is_linear);
  if (!linear.has_value()) return std::nullopt;
  for (ValueRef v : {linear->weight, scale->vector, mean->vector, shift->vector,
                     linear->bias.value_or(shift->vector)}) {
    if (!IsFixed(editor, v)) return std::nullopt;
  }
  const OpDef &add = AddOp(), &mul = MulOp(), &sub = SubOp();
  const Node product = editor.node(linear->node);
  const auto insert = [&](absl::string_view suffix, const OpDef& op,
                          std::initializer_list<ValueRef> inputs,
                          AttrMap attrs = {}) -> absl::StatusOr<ValueRef> {
    DAGRAD_ASSIGN_OR_RETURN(const NodeId added,
                            editor.InsertBefore(id, suffix, op, inputs, std::move(attrs)));
    return ValueRef{added, 0};
  };
  DAGRAD_ASSIGN_OR_RETURN(const ValueRef weight,
                          insert("weight", mul, {linear->weight, scale->vector}));
  DAGRAD_ASSIGN_OR_RETURN(const ValueRef y,
                          insert("product", *product.op, {linear->x, weight}, product.attrs));
  ValueRef bias;
  if (linear->bias.has_value()) {
    DAGRAD_ASSIGN_OR_RETURN(bias, insert("bias", sub, {*linear->bias, mean->vector}));
    DAGRAD_ASSIGN_OR_RETURN(bias, insert("bias", mul, {bias, scale->vector}));
    DAGRAD_ASSIGN_OR_RETURN(bias, insert("bias", add, {bias, shift->vector}));
  } else {
    DAGRAD_ASSIGN_OR_RETURN(bias, insert("bias", mul, {mean->vector, scale->vector}));
    DAGRAD_ASSIGN_OR_RETURN(bias, insert("bias", sub, {shift->vector, bias}));
  }
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, add, {y, bias}, {}));
  return absl::StrCat("scale and shift go into the weights of ", product.name,
                      ": saves two passes over the result");
}

}  // namespace dagrad::ops
