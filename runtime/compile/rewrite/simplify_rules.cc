#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/constant.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

// The rules of a pass have to know the algebra of ops, and so name them; ops that behave alike
// share a function.

namespace dagrad::runtime {
namespace {

using Result = absl::StatusOr<std::optional<std::string>>;

// Lets `value` stand for the node's only output, if it is of the same type.
Result Stand(GraphEditor& editor, NodeId id, ValueRef value, absl::string_view reason) {
  const ValueRef output{id, 0};
  if (editor.node(id).outputs.size() != 1 || !(editor.type(output) == editor.type(value)))
    return std::nullopt;
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceValue(output, value));
  return std::string(reason);
}

// Whether every element of `v` is the number `x`: for zero, with that sign.
bool IsSplat(GraphEditor& editor, ValueRef v, double x) {
  const std::optional<double> splat = SplatValue(editor.producer(v));
  if (!splat.has_value() || *splat != x) return false;
  return !IsFloating(editor.type(v).dtype) || std::signbit(*splat) == std::signbit(x);
}

// Lets one operand stand where the other one is the number `neutral`.
Result DropNeutral(GraphEditor& editor, NodeId id, double neutral, bool also_left,
                   absl::string_view reason) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 2) return std::nullopt;
  if (IsSplat(editor, inputs[1], neutral)) return Stand(editor, id, inputs[0], reason);
  if (also_left && IsSplat(editor, inputs[0], neutral)) return Stand(editor, id, inputs[1], reason);
  return std::nullopt;
}

// -0 is the neutral element of floating addition: 0 is not, since -0 + 0 = 0. Integers have one
// zero.
Result AddZero(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, IsFloating(editor.type({id, 0}).dtype) ? -0.0 : 0.0, true,
                     "x + 0 = x");
}

Result SubZero(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 0.0, false, "x - 0 = x");
}
Result MulOne(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 1, true, "x * 1 = x");
}
Result DivOne(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 1, false, "x / 1 = x");
}

// Only of integers: NaN, infinities and the sign of zero forbid it for floats.
Result MulZero(GraphEditor& editor, NodeId id) {
  if (!IsInteger(editor.type({id, 0}).dtype)) return std::nullopt;
  const auto inputs = editor.node(id).inputs;
  for (ValueRef in : inputs) {
    if (!IsSplat(editor, in, 0)) continue;
    DAGRAD_ASSIGN_OR_RETURN(std::optional<std::string> done, Stand(editor, id, in, "x * 0 = 0"));
    if (done.has_value()) return done;
  }
  return std::nullopt;
}

bool SameOpAndAttrs(const Node& a, const Node& b) { return a.op == b.op && a.attrs == b.attrs; }

// f(f(x)) = x.
Result Involution(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  const Node& inner = editor.producer(node.inputs[0]);
  if (!SameOpAndAttrs(node, inner)) return std::nullopt;
  return Stand(editor, id, inner.inputs[0], "undoes itself");
}

// f(f(x)) = f(x).
Result Idempotent(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  if (!SameOpAndAttrs(node, editor.producer(node.inputs[0]))) return std::nullopt;
  return Stand(editor, id, node.inputs[0], "changes nothing the second time");
}

// f(x, x) = x.
Result SameOperands(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 2 || !(inputs[0] == inputs[1])) return std::nullopt;
  return Stand(editor, id, inputs[0], "both operands are the same");
}

Result SelectSame(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 3 || !(inputs[1] == inputs[2])) return std::nullopt;
  return Stand(editor, id, inputs[1], "both branches are the same");
}

// For ops that give back an input of the result's type: a cast to its own dtype, a broadcast to its
// own shape, a concatenation of one.
Result SameType(GraphEditor& editor, NodeId id) {
  const auto inputs = editor.node(id).inputs;
  if (inputs.size() != 1) return std::nullopt;
  return Stand(editor, id, inputs[0], "the input has the result's type already");
}

// A view is its input's bytes: of the same type, it is its input; of another view, it is one of
// that one's input, if its op can say so.
Result View(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  ValueRef base = node.inputs[0];
  DAGRAD_ASSIGN_OR_RETURN(std::optional<std::string> done,
                          Stand(editor, id, base, "has its input's type"));
  const Node& inner = editor.producer(base);
  if (done.has_value() || !inner.op->Has(kView)) return done;
  base = inner.inputs[0];
  DAGRAD_ASSIGN_OR_RETURN(done, Stand(editor, id, base, "views cancel"));
  if (done.has_value() || node.inputs.size() != 1) return done;
  if (!editor.ReplaceNode(id, *node.op, {base}, node.attrs).ok()) return std::nullopt;
  return "a view of a view";
}

// The axis of the input that becomes each axis of the result.
std::vector<int64_t> Permutation(const Node& node) {
  const int rank = node.outputs[0].shape.rank();
  const Attribute* attr = node.attrs.Find("perm");
  std::vector<int64_t> perm =
      attr == nullptr ? std::vector<int64_t>() : attr->get<std::vector<int64_t>>();
  if (perm.empty()) {
    perm.resize(rank);
    for (int a = 0; a < rank; ++a) perm[a] = rank - 1 - a;
  }
  for (int64_t& axis : perm) axis += axis < 0 ? rank : 0;
  return perm;
}

bool IsIdentity(const std::vector<int64_t>& perm) {
  for (size_t a = 0; a < perm.size(); ++a) {
    if (perm[a] != static_cast<int64_t>(a)) return false;
  }
  return true;
}

Result Transposes(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  std::vector<int64_t> perm = Permutation(node);
  if (IsIdentity(perm)) return Stand(editor, id, node.inputs[0], "keeps the order of axes");
  const Node& inner = editor.producer(node.inputs[0]);
  if (inner.op != node.op) return std::nullopt;
  const std::vector<int64_t> first = Permutation(inner);
  for (int64_t& axis : perm) axis = first[axis];
  const ValueRef base = inner.inputs[0];
  if (IsIdentity(perm)) return Stand(editor, id, base, "transposes cancel");
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, *node.op, {base}, {{"perm", perm}}));
  return "one transpose for two";
}

constexpr Rule kRules[] = {
    {"add_zero", "Add", 0, AddZero},
    {"sub_zero", "Sub", 0, SubZero},
    {"mul_one", "Mul", 0, MulOne},
    {"mul_zero", "Mul", 0, MulZero},
    {"div_one", "Div", 0, DivOne},
    {"double_negation", "Neg", 0, Involution},
    {"double_negation", "LogicalNot", 0, Involution},
    {"idempotent", "Abs", 0, Idempotent},
    {"idempotent", "Sign", 0, Idempotent},
    {"idempotent", "Floor", 0, Idempotent},
    {"idempotent", "Ceil", 0, Idempotent},
    {"idempotent", "Round", 0, Idempotent},
    {"idempotent", "Relu", 0, Idempotent},
    {"idempotent", "Relu6", 0, Idempotent},
    {"same_operands", "Maximum", 0, SameOperands},
    {"same_operands", "Minimum", 0, SameOperands},
    {"same_operands", "LogicalAnd", 0, SameOperands},
    {"same_operands", "LogicalOr", 0, SameOperands},
    {"select_same", "Select", 0, SelectSame},
    {"same_type", "Cast", 0, SameType},
    {"same_type", "BroadcastTo", 0, SameType},
    {"same_type", "Concat", 0, SameType},
    {"view", "", kView, View},
    {"transposes", "Transpose", 0, Transposes},
    {"adam_of_rows", "AdamUpdate", 0, AdamOfRows},
};

}  // namespace

absl::Span<const Rule> SimplifyRules() { return kRules; }

}  // namespace dagrad::runtime
