#ifndef DAGRAD_BENCHMARKS_KERNEL_TIMES_SINGLE_NODE_H_
#define DAGRAD_BENCHMARKS_KERNEL_TIMES_SINGLE_NODE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/graph.h"

namespace dagrad::benchmarks {

// A node of a model as a function of its own: its inputs are the function's inputs, all sizes are
// numbers.
struct SingleNode {
  std::string name;  // "Conv2D float32[64,28,28,1] float32[3,3,1,32] padding=\"same\"…"
  Function function;
  int count = 1;  // how often the model has it
};

// Every distinct node of `function` that has something to compute, sizes under `bindings`.
absl::StatusOr<std::vector<SingleNode>> SingleNodes(const Function& function,
                                                    const Bindings& bindings);

struct NodeSeconds {
  double seconds = 0;  // a run, by the clock
  double flops = 0;
  double bytes = 0;
  std::string implementation;
};

// Runs the node over and over for `seconds`: floats are drawn, integers are 0.
absl::StatusOr<NodeSeconds> TimeNode(const SingleNode& node, double seconds);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_KERNEL_TIMES_SINGLE_NODE_H_
