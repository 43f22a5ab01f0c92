#include "dagrad/runtime/compile/rewrite/epilogue.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad::runtime {
namespace {

using Inputs = absl::InlinedVector<ValueRef, 4>;

// Of a node of a fused op; null for others.
const std::string* Activation(const Node& node) {
  const bool fused = absl::StartsWith(node.op->name, "Fused");
  const Attribute* attr = fused ? node.attrs.Find("activation") : nullptr;
  return attr == nullptr ? nullptr : &attr->get<std::string>();
}

// Whether `v` is of a fused op that has its bias and, as yet, neither residual nor activation; if
// `residual` may be there, then or not.
bool IsOpen(GraphEditor& editor, ValueRef v, bool with_residual) {
  const Node& node = editor.producer(v);
  if (editor.uses(v) != 1 || node.outputs.size() != 1) return false;
  const std::string* activation = Activation(node);
  if (activation == nullptr || !activation->empty()) return false;
  return with_residual || node.inputs.size() == 3;
}

// The node becomes its producer of `v`, with one input more or another activation.
RuleResult Absorb(GraphEditor& editor, NodeId id, ValueRef v, std::optional<ValueRef> addend,
                  absl::string_view activation) {
  const Node producer = editor.producer(v);
  Inputs inputs(producer.inputs.begin(), producer.inputs.end());
  if (addend.has_value()) inputs.push_back(*addend);
  AttrMap attrs = producer.attrs;
  attrs.Set("activation", std::string(activation));
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, *producer.op, inputs, std::move(attrs)));
  return absl::StrCat("in the pass of ", producer.name, ": saves one over the result");
}

RuleResult FuseActivation(GraphEditor& editor, NodeId id, absl::string_view activation) {
  const ValueRef x = editor.node(id).inputs[0];
  if (!IsOpen(editor, x, true)) return std::nullopt;
  return Absorb(editor, id, x, std::nullopt, activation);
}

}  // namespace

RuleResult FuseBias(GraphEditor& editor, NodeId id) {
  const auto biased = MatchVectorOp(editor, {id, 0}, *editor.node(id).op);
  if (!biased.has_value() || editor.uses(biased->x) != 1) return std::nullopt;
  const Node product = editor.producer(biased->x);
  if (product.op->fused == nullptr) return std::nullopt;
  Inputs inputs(product.inputs.begin(), product.inputs.end());
  inputs.push_back(biased->vector);
  AttrMap attrs = product.attrs;
  attrs.Set("activation", std::string());
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, product.op->fused(), inputs, std::move(attrs)));
  return absl::StrCat("in the pass of ", product.name, ": saves one over the result");
}

RuleResult FuseResidual(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 2 || inputs[0] == inputs[1]) return std::nullopt;
  // Of two, the later one: it finds the other's result in memory.
  const int first = inputs[0].node > inputs[1].node ? 0 : 1;
  for (int i : {first, 1 - first}) {
    if (!IsOpen(editor, inputs[i], false)) continue;
    if (!(editor.type(inputs[1 - i]) == editor.type({id, 0}))) continue;
    return Absorb(editor, id, inputs[i], inputs[1 - i], "");
  }
  return std::nullopt;
}

RuleResult FuseRelu(GraphEditor& editor, NodeId id) { return FuseActivation(editor, id, "relu"); }

RuleResult FuseRelu6(GraphEditor& editor, NodeId id) { return FuseActivation(editor, id, "relu6"); }

}  // namespace dagrad::runtime
