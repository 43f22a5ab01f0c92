#include "dagrad/graph/topological_order.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace dagrad {
namespace {

bool InOrder(absl::Span<const size_t> starts, absl::Span<const ValueRef> refs) {
  for (size_t i = 0; i + 1 < starts.size(); ++i) {
    for (size_t k = starts[i]; k < starts[i + 1]; ++k) {
      if (static_cast<size_t>(refs[k].node) >= i) return false;
    }
  }
  return true;
}

// Uses of each node, as `starts` and `refs` are its inputs.
struct Uses {
  std::vector<size_t> starts;
  std::vector<NodeId> users;
};

Uses CountUses(absl::Span<const size_t> starts, absl::Span<const ValueRef> refs) {
  const size_t n = starts.size() - 1;
  Uses uses{std::vector<size_t>(n + 1), std::vector<NodeId>(refs.size())};
  for (const ValueRef& r : refs) ++uses.starts[r.node + 1];
  std::partial_sum(uses.starts.begin(), uses.starts.end(), uses.starts.begin());
  std::vector<size_t> next(uses.starts.begin(), uses.starts.end() - 1);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = starts[i]; k < starts[i + 1]; ++k)
      uses.users[next[refs[k].node]++] = static_cast<NodeId>(i);
  }
  return uses;
}

// Every node with missing inputs has one that misses inputs itself: following those must come back.
std::vector<NodeId> FindCycle(absl::Span<const size_t> starts, absl::Span<const ValueRef> refs,
                              const std::vector<size_t>& missing) {
  NodeId at = static_cast<NodeId>(
      std::find_if(missing.begin(), missing.end(), [](size_t m) { return m > 0; }) -
      missing.begin());
  std::vector<NodeId> path;
  std::vector<int64_t> place(missing.size(), -1);
  while (place[at] < 0) {
    place[at] = static_cast<int64_t>(path.size());
    path.push_back(at);
    size_t k = starts[at];
    while (missing[refs[k].node] == 0) ++k;
    at = refs[k].node;
  }
  return std::vector<NodeId>(path.begin() + place[at], path.end());
}

}  // namespace

std::vector<NodeId> TopologicalOrder(absl::Span<const size_t> starts,
                                     absl::Span<const ValueRef> refs, std::vector<NodeId>* cycle) {
  const size_t n = starts.size() - 1;
  std::vector<NodeId> order;
  order.reserve(n);
  if (InOrder(starts, refs)) {
    order.resize(n);
    std::iota(order.begin(), order.end(), 0);
    return order;
  }
  const Uses uses = CountUses(starts, refs);
  std::vector<size_t> missing(n);  // inputs that are not yet in `order`
  for (size_t i = 0; i < n; ++i) {
    missing[i] = starts[i + 1] - starts[i];
    if (missing[i] == 0) order.push_back(static_cast<NodeId>(i));
  }
  for (size_t done = 0; done < order.size(); ++done) {
    for (size_t k = uses.starts[order[done]]; k < uses.starts[order[done] + 1]; ++k) {
      if (--missing[uses.users[k]] == 0) order.push_back(uses.users[k]);
    }
  }
  if (order.size() == n) return order;
  *cycle = FindCycle(starts, refs, missing);
  return {};
}

}  // namespace dagrad
