#ifndef DAGRAD_GRAPH_TOPOLOGICAL_ORDER_H_
#define DAGRAD_GRAPH_TOPOLOGICAL_ORDER_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/graph.h"

namespace dagrad {

// The nodes 0..n-1 so that each stands after its inputs; node i has the inputs
// refs[starts[i]..starts[i+1]), and starts has n + 1 entries. Nodes that stand so already keep
// their order. Otherwise Kahn's algorithm (1962): linear, not recursive, the same result every
// time.
//
// If there is a cycle, the result is empty and `cycle` holds its nodes, each an input of the one
// before it.
std::vector<NodeId> TopologicalOrder(absl::Span<const size_t> starts,
                                     absl::Span<const ValueRef> refs, std::vector<NodeId>* cycle);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_TOPOLOGICAL_ORDER_H_
