#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_PASS_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_PASS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"
#include "dagrad/runtime/compile/rewrite/record.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// One walk over a function. What it does, it records.
struct Pass {
  absl::string_view name;
  absl::string_view doc;
  absl::Status (*run)(GraphEditor& editor);
};

// The passes in the order in which they run. Another pass is another line of the table in pass.cc.
absl::Span<const Pass> Passes();

// Runs all passes, again as long as they find something (at most a few times), and leaves
// `function` valid: its inputs, states, outputs and updates stay, their values have the same bits.
// Time is linear in the number of nodes, apart from what folded nodes take to compute.
//
// With `fuse`, the rules that fold and fuse come last: then results may differ in the last bits.
// `budget` takes what folded constants need, and its time is looked at before each pass and each
// node that is folded.
absl::Status RewriteFunction(KernelMode kernel_mode, bool fuse, Function* function,
                             std::vector<RewriteRecord>* records, const Budget& budget = {});

// The single passes.
absl::Status FoldConstants(
    GraphEditor& editor);  // nodes whose inputs are all constants become constants
absl::Status Simplify(GraphEditor& editor);     // RuleStage::kSimplify
absl::Status MergeCommon(GraphEditor& editor);  // equal op, inputs and attributes: one node
absl::Status Fuse(GraphEditor& editor);         // RuleStage::kFold, kFuse
absl::Status PruneDead(GraphEditor& editor);    // what no output and no update needs

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_PASS_H_
