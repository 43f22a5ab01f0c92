#include "dagrad/runtime/compile/rewrite/rule.h"

#include <vector>

#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::runtime {
namespace {

// A node that is rewritten more often than this in one pass is left for the next.
constexpr int kMaxRewritesPerNode = 16;

class RuleIndex {
 public:
  explicit RuleIndex(absl::Span<const Rule> rules) {
    for (const Rule& rule : rules) {
      (rule.op.empty() ? for_all_ : for_op_[rule.op]).push_back(&rule);
    }
  }

  // Whether a rule rewrote the node.
  absl::StatusOr<bool> ApplyOne(GraphEditor& editor, NodeId id) const {
    auto it = for_op_.find(editor.node(id).op->name);
    if (it != for_op_.end()) {
      DAGRAD_ASSIGN_OR_RETURN(const bool done, ApplyFirst(it->second, editor, id));
      if (done) return true;
    }
    return ApplyFirst(for_all_, editor, id);
  }

 private:
  static absl::StatusOr<bool> ApplyFirst(const std::vector<const Rule*>& rules, GraphEditor& editor,
                                         NodeId id) {
    for (const Rule* rule : rules) {
      if ((editor.node(id).op->traits & rule->traits) != rule->traits) continue;
      DAGRAD_ASSIGN_OR_RETURN(const std::optional<std::string> reason, rule->apply(editor, id));
      if (!reason.has_value()) continue;
      editor.Record(rule->name, id, *reason);
      return true;
    }
    return false;
  }

  HashMap<absl::string_view, std::vector<const Rule*>> for_op_;
  std::vector<const Rule*> for_all_;
};

}  // namespace

absl::Status ApplyRules(absl::Span<const Rule> rules, GraphEditor& editor) {
  const RuleIndex index(rules);
  const std::vector<NodeId> order = editor.Order();
  for (NodeId id : order) {
    for (int i = 0; i < kMaxRewritesPerNode && editor.alive(id); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(const bool done, index.ApplyOne(editor, id));
      if (!done) break;
    }
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
