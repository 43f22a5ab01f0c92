#ifndef DAGRAD_RUNTIME_COMPILE_REMATERIALIZE_H_
#define DAGRAD_RUNTIME_COMPILE_REMATERIALIZE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/compile/value_numbers.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

struct RematerializeRequest {
  const Function* function;
  const ValueNumbers* numbers;
  absl::Span<const int> roots;           // by value (RootsOf)
  absl::Span<const TensorSpec> specs;    // by value
  absl::Span<const double> nanoseconds;  // by node: what it costs to compute
  int64_t target_bytes = 0;
};

// The same function, in which some values are not kept for late readers but computed again for
// them, by nodes named "<name>/again". The same bits: a kernel gives the same for the same inputs.
struct Rematerialized {
  Function function;
  std::vector<NodeId> after;  // by node: it may not run before that one does; -1: no matter
  int nodes = 0;              // that it has more
  double nanoseconds = 0;     // that it takes longer
  int64_t bytes = 0;          // estimate of the peak of intermediate values
};

// Brings the estimate of the peak of intermediate values (node after node, nothing in place) to
// target_bytes, or as near as it gets: while the peak is higher, of the values that stand in memory
// there and are read only later, that one is computed again whose computation costs least for the
// bytes that it sets free. What it is computed from is computed again too, where it is gone by
// then. Source: Chen et al., "Training deep nets with sublinear memory cost", 2016; the greedy
// choice is that of Kirisame et al., "Dynamic tensor rematerialization", 2021, made ahead of time.
Rematerialized Rematerialize(const RematerializeRequest& request);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REMATERIALIZE_H_
