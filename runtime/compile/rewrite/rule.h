#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"

namespace dagrad::runtime {

// A rewrite of the subgraph that ends in one node: simplification or fusion. It looks from the node
// back to its producers (editor.producer(), editor.uses()) and, where its pattern is there, makes
// the node another one (editor.ReplaceNode()) or lets an earlier value stand for it
// (editor.ReplaceValue()); what is left over dies by itself.
struct Rule {
  absl::string_view name;
  // The op of the nodes that it may rewrite; empty: of every op.
  absl::string_view op;
  // Traits that the op must have.
  uint32_t traits;
  // Why the node was rewritten, or nothing if it was not. An error is a bug of the rule.
  absl::StatusOr<std::optional<std::string>> (*apply)(GraphEditor& editor, NodeId id);
};

// Applies the rules to every living node, inputs first; to a node that is still there after a rule,
// again. Linear in the number of nodes.
absl::Status ApplyRules(absl::Span<const Rule> rules, GraphEditor& editor);

// Rules that leave every bit of every result as it is, NaN and the sign of zero included.
absl::Span<const Rule> SimplifyRules();

// One of them: Adam's update by a gradient of some rows never makes the others' zeros.
absl::StatusOr<std::optional<std::string>> AdamOfRows(GraphEditor& editor, NodeId id);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_RULE_H_
