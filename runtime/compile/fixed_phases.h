#ifndef DAGRAD_RUNTIME_COMPILE_FIXED_PHASES_H_
#define DAGRAD_RUNTIME_COMPILE_FIXED_PHASES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/compile/value_numbers.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Finds what depends on constants and on states alone that the function does not update: the same
// in every run until somebody changes such a state. Nodes are asked about in their order.
//
// A value is fixed if it is such a state, a constant, or all that a node reads is fixed and the
// node's outputs are no outputs or updates of the function (whose bytes others may change), no
// strings (whose text stays for one run) and not much larger than what they are made of (they stay
// in memory).
class FixedPhases {
 public:
  // `roots` and `specs` by value. Inputs from `first_fixed_input` on are the same in every run too.
  FixedPhases(const Function& function, const ValueNumbers& numbers, absl::Span<const int> roots,
              absl::Span<const TensorSpec> specs, size_t first_fixed_input);

  // Bit i: input i of the node is fixed.
  uint32_t InputsOf(NodeId id) const;
  // How many of the first phases of the node's kernel are fixed: all, or those that prepare fixed
  // inputs (Phase::kept).
  int AddNode(NodeId id, const Kernel& kernel);
  // The indices (StateNames()) of the states that fixed phases read, each once.
  const std::vector<int>& states() const { return states_; }

 private:
  bool IsFixed(const Node& node, NodeId id) const;
  void NoteStates(const Node& node);

  const Function& f_;
  const ValueNumbers& numbers_;
  absl::Span<const int> roots_;
  absl::Span<const TensorSpec> specs_;
  std::vector<bool> fixed_;      // by root
  std::vector<bool> is_result_;  // by root: an output or an update
  std::vector<int> state_of_;    // by root: state that it is; -1
  std::vector<int> states_;
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_FIXED_PHASES_H_
