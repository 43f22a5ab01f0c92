#ifndef DAGRAD_GRAPH_INLINE_H_
#define DAGRAD_GRAPH_INLINE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/graph.h"

namespace dagrad {

// Adds the nodes of `function` to `builder`, with `operands` in the place of its inputs; gives its
// outputs. The operands must have the very types of the inputs, symbols included, and there is no
// state: InvalidArgument otherwise.
absl::StatusOr<std::vector<Value>> Inline(const Function& function,
                                          absl::Span<const Value> operands, GraphBuilder* builder);

// Drops the nodes that no output and no update needs; inputs and states stay.
void DropDead(Function* function);

// By input of `function`, whether an output or an update depends on it.
std::vector<bool> UsedInputs(const Function& function);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_INLINE_H_
