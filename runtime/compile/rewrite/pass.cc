#include "dagrad/runtime/compile/rewrite/pass.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::runtime {
namespace {

constexpr int kMaxRounds = 4;

constexpr Pass kPasses[] = {
    {"prune_dead", "drops nodes that no output and no update needs", PruneDead},
    {"fold_constants", "computes nodes whose inputs are all constants", FoldConstants},
    {"simplify", "applies rules of ops that leave every bit as it is", Simplify},
    {"merge_common", "makes one node of equal nodes", MergeCommon},
};

absl::Status RunPasses(GraphEditor& editor) {
  for (int round = 0; round < kMaxRounds; ++round) {
    const size_t before = editor.num_records();
    for (const Pass& pass : Passes()) {
      DAGRAD_RETURN_IF_ERROR(editor.budget().Check());
      DAGRAD_RETURN_IF_ERROR(pass.run(editor));
    }
    if (editor.num_records() == before) break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const Pass> Passes() { return kPasses; }

absl::Status PruneDead(GraphEditor& editor) {
  editor.KillUnused("prune_dead");
  return absl::OkStatus();
}

absl::Status Simplify(GraphEditor& editor) { return ApplyRules(RuleStage::kSimplify, editor); }

absl::Status Fuse(GraphEditor& editor) {
  DAGRAD_RETURN_IF_ERROR(ApplyRules(RuleStage::kFold, editor));
  return ApplyRules(RuleStage::kFuse, editor);
}

namespace {

// What bodies have become, so that those that nodes share stay shared.
using RewrittenBodies = HashMap<BodyPtr, BodyPtr>;

absl::Status Rewrite(KernelMode kernel_mode, bool fuse, Function* function,
                     std::vector<RewriteRecord>* records, const Budget& budget,
                     RewrittenBodies* rewritten);

// The functions among the attributes of all nodes. Recurses as deep as they nest.
absl::Status RewriteBodies(KernelMode kernel_mode, bool fuse,  // NOLINT(misc-no-recursion)
                           Function* function, std::vector<RewriteRecord>* records,
                           const Budget& budget, RewrittenBodies* rewritten) {
  for (Node& node : function->nodes) {
    if (!node.op->Has(kControl)) continue;
    for (const NamedBody& b : BodiesOf(node)) {
      if (!rewritten->contains(b.body)) {
        Function body = b.body->function();
        const size_t first = records->size();
        DAGRAD_RETURN_IF_ERROR(Rewrite(kernel_mode, fuse, &body, records, budget, rewritten));
        for (size_t i = first; i < records->size(); ++i) {
          (*records)[i].node = absl::StrCat(node.name, "/", b.attribute, "/", (*records)[i].node);
        }
        DAGRAD_ASSIGN_OR_RETURN((*rewritten)[b.body], Body::Make(std::move(body)));
      }
      const std::string attribute(b.attribute);
      node.attrs.Set(attribute, rewritten->at(b.body));
    }
  }
  return absl::OkStatus();
}

absl::Status Rewrite(KernelMode kernel_mode, bool fuse, Function* function,  // NOLINT
                     std::vector<RewriteRecord>* records, const Budget& budget,
                     RewrittenBodies* rewritten) {
  GraphEditor editor(function, kernel_mode, records, budget);
  DAGRAD_RETURN_IF_ERROR(RunPasses(editor));
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  if (fuse) {
    const size_t before = editor.num_records();
    DAGRAD_RETURN_IF_ERROR(Fuse(editor));
    if (editor.num_records() != before) DAGRAD_RETURN_IF_ERROR(RunPasses(editor));
  }
  editor.Finish();
  return RewriteBodies(kernel_mode, fuse, function, records, budget, rewritten);
}

}  // namespace

absl::Status RewriteFunction(KernelMode kernel_mode, bool fuse, Function* function,
                             std::vector<RewriteRecord>* records, const Budget& budget) {
  RewrittenBodies rewritten;
  return Rewrite(kernel_mode, fuse, function, records, budget, &rewritten);
}

}  // namespace dagrad::runtime
