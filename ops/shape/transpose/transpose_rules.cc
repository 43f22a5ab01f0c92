#include <cstdint>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/transpose/transpose_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::ops::transpose_internal {
namespace {

using runtime::GraphEditor;
using runtime::Rule;

absl::StatusOr<std::vector<int>> PermutationOf(const Node& node) {
  return Permutation(node.attrs.Get<std::vector<int64_t>>("perm"), node.outputs[0].shape.rank());
}

bool IsIdentity(const std::vector<int>& perm) {
  for (size_t a = 0; a < perm.size(); ++a) {
    if (perm[a] != static_cast<int>(a)) return false;
  }
  return true;
}

runtime::RuleResult Transposes(GraphEditor& editor, NodeId id) {
  const Node& node = editor.node(id);
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<int> perm, PermutationOf(node));
  if (IsIdentity(perm)) {
    return runtime::StandFor(editor, id, node.inputs[0], "keeps the order of axes");
  }
  const Node& inner = editor.producer(node.inputs[0]);
  if (inner.op != node.op) return std::nullopt;
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<int> first, PermutationOf(inner));
  std::vector<int64_t> both;
  for (int axis : perm) both.push_back(first[axis]);
  const ValueRef base = inner.inputs[0];
  if (IsIdentity({both.begin(), both.end()})) {
    return runtime::StandFor(editor, id, base, "transposes cancel");
  }
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, *node.op, {base}, {{"perm", std::move(both)}}));
  return "one transpose for two";
}

constexpr Rule kRules[] = {{"transposes", runtime::RuleStage::kSimplify, Transposes}};

}  // namespace

absl::Span<const Rule> Rules() { return kRules; }

}  // namespace dagrad::ops::transpose_internal
