#include <cstddef>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/pass.h"

namespace dagrad::runtime {
namespace {

// The two inputs of a commutative op are the same in either order.
absl::InlinedVector<ValueRef, 3> CanonicalInputs(const Node& node) {
  auto inputs = node.inputs;
  if (!node.op->Has(kCommutative) || inputs.size() != 2) return inputs;
  if (std::make_pair(inputs[1].node, inputs[1].port) <
      std::make_pair(inputs[0].node, inputs[0].port)) {
    std::swap(inputs[0], inputs[1]);
  }
  return inputs;
}

struct Candidate {
  NodeId id;
  size_t hash;
};

struct CandidateHash {
  size_t operator()(const Candidate& c) const { return c.hash; }
};

struct CandidateEqual {
  GraphEditor* editor;
  bool operator()(const Candidate& a, const Candidate& b) const {
    if (a.hash != b.hash) return false;
    const Node& m = editor->node(a.id);
    const Node& n = editor->node(b.id);
    return m.op == n.op && CanonicalInputs(m) == CanonicalInputs(n) && m.attrs == n.attrs;
  }
};

size_t HashOf(const Node& node) {
  size_t hash = absl::HashOf(node.op, node.attrs.Hash());
  for (ValueRef in : CanonicalInputs(node)) hash = absl::HashOf(hash, in.node, in.port);
  return hash;
}

}  // namespace

absl::Status MergeCommon(GraphEditor& editor) {
  std::unordered_set<Candidate, CandidateHash, CandidateEqual> seen(0, CandidateHash{},
                                                                    CandidateEqual{&editor});
  const std::vector<NodeId> order = editor.Order();
  for (NodeId id : order) {
    if (!editor.alive(id)) continue;
    const Node& node = editor.node(id);
    if (node.op->Has(kStructural)) continue;
    const auto [it, added] = seen.insert({id, HashOf(node)});
    if (added) continue;
    editor.Record("merge_common", id, absl::StrCat("equals ", Describe(editor.node(it->id))));
    const size_t ports = node.outputs.size();
    for (size_t port = 0; port < ports; ++port) {
      const auto p = static_cast<int32_t>(port);
      DAGRAD_RETURN_IF_ERROR(editor.ReplaceValue({id, p}, {it->id, p}));
    }
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
