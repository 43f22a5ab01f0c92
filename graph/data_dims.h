#ifndef DAGRAD_GRAPH_DATA_DIMS_H_
#define DAGRAD_GRAPH_DATA_DIMS_H_

#include <string>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/graph.h"

// Sizes that depend on data: symbols that stand for a value of the graph.
namespace dagrad {

// The symbol that the node binds; "" for one that binds none.
absl::string_view BoundSymbol(const Node& node);
// Whether a node of `function` binds a symbol.
bool HasDataDims(const Function& function);
// Adds the symbols in the node's outputs and attributes, and in its functions.
void CollectSymbols(const Node& node, absl::btree_set<std::string>* symbols);

// InvalidArgument for a symbol that two nodes bind, that an input has too, or that a node uses
// before it is bound (bind_dim_c3).
absl::Status CheckDataDims(const Function& function);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_DATA_DIMS_H_
