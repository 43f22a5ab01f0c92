#include "dagrad/runtime/compile/rewrite/algebra.h"

#include <cmath>
#include <string>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {

RuleResult StandFor(GraphEditor& editor, NodeId id, ValueRef value, absl::string_view reason) {
  const ValueRef output{id, 0};
  if (editor.node(id).outputs.size() != 1 || !(editor.type(output) == editor.type(value)))
    return std::nullopt;
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceValue(output, value));
  return std::string(reason);
}

bool IsSplat(GraphEditor& editor, ValueRef v, double x) {
  const std::optional<double> splat = SplatValue(editor.producer(v));
  if (!splat.has_value() || *splat != x) return false;
  return !IsFloating(editor.type(v).dtype) || std::signbit(*splat) == std::signbit(x);
}

RuleResult DropNeutral(GraphEditor& editor, NodeId id, double neutral, bool also_left,
                       absl::string_view reason) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 2) return std::nullopt;
  if (IsSplat(editor, inputs[1], neutral)) return StandFor(editor, id, inputs[0], reason);
  if (also_left && IsSplat(editor, inputs[0], neutral))
    return StandFor(editor, id, inputs[1], reason);
  return std::nullopt;
}

std::optional<VectorOp> MatchVectorOp(GraphEditor& editor, ValueRef v, const OpDef& op) {
  const Node& node = editor.producer(v);
  if (node.op != &op || node.inputs.size() != 2) return std::nullopt;
  VectorOp m{node.inputs[0], node.inputs[1]};
  const auto rank = [&](ValueRef of) { return editor.type(of).shape.rank(); };
  if (op.Has(kCommutative) && rank(m.x) < rank(m.vector)) std::swap(m.x, m.vector);
  if (rank(m.x) < 2 || rank(m.vector) != 1 || !(editor.type(m.x) == editor.type(v)))
    return std::nullopt;
  if (!(editor.type(m.vector).shape.dim(0) == editor.type(m.x).shape.dim(-1))) return std::nullopt;
  return m;
}

namespace {

bool SameOpAndAttrs(const Node& a, const Node& b) { return a.op == b.op && a.attrs == b.attrs; }

RuleResult Involution(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  const Node& inner = editor.producer(node.inputs[0]);
  if (!SameOpAndAttrs(node, inner)) return std::nullopt;
  return StandFor(editor, id, inner.inputs[0], "undoes itself");
}

RuleResult Idempotent(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  if (!SameOpAndAttrs(node, editor.producer(node.inputs[0]))) return std::nullopt;
  return StandFor(editor, id, node.inputs[0], "changes nothing the second time");
}

RuleResult SameOperands(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 2 || !(inputs[0] == inputs[1])) return std::nullopt;
  return StandFor(editor, id, inputs[0], "both operands are the same");
}

RuleResult SameType(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 1) return std::nullopt;
  return StandFor(editor, id, inputs[0], "the input has the result's type already");
}

// A view is its input's bytes: of the same type, it is its input; of another view, it is one of
// that one's input, if its op can say so.
RuleResult View(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  ValueRef base = node.inputs[0];
  DAGRAD_ASSIGN_OR_RETURN(std::optional<std::string> done,
                          StandFor(editor, id, base, "has its input's type"));
  const Node& inner = editor.producer(base);
  if (done.has_value() || !inner.op->Has(kView)) return done;
  base = inner.inputs[0];
  DAGRAD_ASSIGN_OR_RETURN(done, StandFor(editor, id, base, "views cancel"));
  if (done.has_value() || node.inputs.size() != 1) return done;
  if (!editor.ReplaceNode(id, *node.op, {base}, node.attrs).ok()) return std::nullopt;
  return "a view of a view";
}

constexpr Rule kInvolution[] = {{"double_negation", RuleStage::kSimplify, Involution}};
constexpr Rule kIdempotent[] = {{"idempotent", RuleStage::kSimplify, Idempotent}};
constexpr Rule kSameOperands[] = {{"same_operands", RuleStage::kSimplify, SameOperands}};
constexpr Rule kSameType[] = {{"same_type", RuleStage::kSimplify, SameType}};
constexpr Rule kViewRules[] = {{"view", RuleStage::kSimplify, View}};

}  // namespace

absl::Span<const Rule> InvolutionRules() { return kInvolution; }
absl::Span<const Rule> IdempotentRules() { return kIdempotent; }
absl::Span<const Rule> SameOperandsRules() { return kSameOperands; }
absl::Span<const Rule> SameTypeRules() { return kSameType; }
absl::Span<const Rule> ViewRules() { return kViewRules; }

}  // namespace dagrad::runtime
