#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/op.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"

namespace dagrad::runtime {

// When a rule runs.
enum class RuleStage {
  kSimplify,  // leaves every bit of every result as it is, NaN and the sign of zero included
  // What follows may change the last bits of results, but not between runs, plans or numbers of
  // threads; CompileOptions::fuse = false leaves it out.
  kFold,  // looks for ops as they were built
  kFuse,  // makes one node of several
};

// Why the node was rewritten, or nothing if it was not. An error is a bug of the rule.
using RuleResult = absl::StatusOr<std::optional<std::string>>;

// A rewrite of the subgraph that ends in one node: simplification or fusion. It looks from the node
// back to its producers (editor.producer(), editor.uses()) and, where its pattern is there, makes
// the node another one (editor.ReplaceNode()) or lets an earlier value stand for it
// (editor.ReplaceValue()); what is left over dies by itself.
//
// Rules stand in the folder of an op of their pattern, which lists them (OpDef::rules): a function
// without that op never meets them.
struct Rule {
  absl::string_view name;
  RuleStage stage;
  RuleResult (*apply)(GraphEditor& editor, NodeId id);
  // The op of the nodes that it may rewrite; null: the op that lists it.
  const OpDef& (*root)() = nullptr;
};

// Applies the rules of a stage to every living node, inputs first; to a node that is still there
// after a rule, again. Linear in the number of nodes.
absl::Status ApplyRules(RuleStage stage, GraphEditor& editor);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_
