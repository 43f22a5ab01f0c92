#include "dagrad/runtime/compile/rewrite/rule.h"

#include <vector>

#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad::runtime {
namespace {

// A node that is rewritten more often than this in one pass is left for the next.
constexpr int kMaxRewritesPerNode = 16;

// The rules of one stage, by the op that they rewrite.
class RuleIndex {
 public:
  explicit RuleIndex(RuleStage stage) : stage_(stage) {}

  // Takes up what the op lists, once.
  void Learn(const OpDef& op) {
    if (!known_.insert(&op).second) return;
    if (op.rules != nullptr) AddAll(op, op.rules());
    if (op.Has(kView)) AddAll(op, ViewRules());
  }

  // Whether a rule rewrote the node.
  absl::StatusOr<bool> ApplyOne(GraphEditor& editor, NodeId id) {
    const OpDef* const op = editor.node(id).op;
    Learn(*op);
    for (const Rule* rule : rules_[op]) {
      DAGRAD_ASSIGN_OR_RETURN(const std::optional<std::string> reason, rule->apply(editor, id));
      if (!reason.has_value()) continue;
      editor.Record(rule->name, id, *reason);
      return true;
    }
    return false;
  }

 private:
  void AddAll(const OpDef& op, absl::Span<const Rule> rules) {
    for (const Rule& rule : rules) {
      if (rule.stage != stage_) continue;
      rules_[rule.root == nullptr ? &op : &rule.root()].push_back(&rule);
    }
  }

  RuleStage stage_;
  HashSet<const OpDef*> known_;
  HashMap<const OpDef*, std::vector<const Rule*>> rules_;
};

}  // namespace

absl::Status ApplyRules(RuleStage stage, GraphEditor& editor) {
  RuleIndex index(stage);
  const std::vector<NodeId> order = editor.Order();
  // Before the walk, since a rule may be listed by a later op than the one that it rewrites.
  for (NodeId id : order) {
    if (editor.alive(id)) index.Learn(*editor.node(id).op);
  }
  for (NodeId id : order) {
    for (int i = 0; i < kMaxRewritesPerNode && editor.alive(id); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(const bool done, index.ApplyOne(editor, id));
      if (!done) break;
    }
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
