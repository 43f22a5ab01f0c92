#include "dagrad/runtime/compile/rewrite/pass.h"

#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/fusion.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::runtime {
namespace {

constexpr int kMaxRounds = 4;

constexpr Pass kPasses[] = {
    {"prune_dead", "drops nodes that no output and no update needs", PruneDead},
    {"fold_constants", "computes nodes whose inputs are all constants", FoldConstants},
    {"simplify", "applies the rules of simplify_rules.cc", Simplify},
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

absl::Status Simplify(GraphEditor& editor) { return ApplyRules(SimplifyRules(), editor); }

absl::Status Fuse(GraphEditor& editor) {
  DAGRAD_RETURN_IF_ERROR(ApplyRules(FoldingRules(), editor));
  return ApplyRules(FusionRules(), editor);
}

absl::Status RewriteFunction(KernelMode kernel_mode, bool fuse, Function* function,
                             std::vector<RewriteRecord>* records, const Budget& budget) {
  GraphEditor editor(function, kernel_mode, records, budget);
  DAGRAD_RETURN_IF_ERROR(RunPasses(editor));
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  if (fuse) {
    const size_t before = editor.num_records();
    DAGRAD_RETURN_IF_ERROR(Fuse(editor));
    if (editor.num_records() != before) DAGRAD_RETURN_IF_ERROR(RunPasses(editor));
  }
  editor.Finish();
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
