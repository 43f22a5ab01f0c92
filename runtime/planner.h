#ifndef DAGRAD_RUNTIME_PLANNER_H_
#define DAGRAD_RUNTIME_PLANNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Numbers the values of a function from 0 on, in the order of nodes and ports.
class ValueNumbers {
 public:
  explicit ValueNumbers(const Function& function);
  int operator()(ValueRef v) const { return first_[v.node] + v.port; }
  int first(NodeId node) const { return first_[node]; }
  int count() const { return first_.back(); }

 private:
  std::vector<int> first_;
};

// Where the bytes of a value are.
struct Location {
  enum class Kind : uint8_t {
    kArena,     // at `offset` of the context's arena
    kOutputs,   // at `offset` of the context's block of outputs
    kFeed,      // the feed `index`
    kState,     // the tensor of the state `index` (of StateNames)
    kConstant,  // the tensor of the node `index`
  };
  Kind kind = Kind::kArena;
  int32_t index = -1;
  size_t offset = 0;

  bool operator==(const Location&) const = default;
};

// Names of the states that `function` reads, in the order of function.states, then of those that it
// only updates.
std::vector<std::string> StateNames(const Function& function);

// What a function needs to know about one set of sizes, before memory is planned.
struct MemoryRequest {
  const Function* function;
  const ValueNumbers* numbers;
  absl::Span<const TensorSpec> specs;      // by value
  absl::Span<const size_t> scratch_bytes;  // by node
};

// Memory for one run. Steps are nodes in their order.
struct MemoryPlan {
  struct Copy {
    Location from;
    Location to;
    size_t bytes = 0;
  };

  std::vector<Location> values;         // by value
  std::vector<size_t> scratch_offsets;  // by node, in the arena
  std::vector<Location> outputs;        // by output of the function, in the block of outputs
  std::vector<Copy> copies_before;      // before the first node, in this order
  std::vector<Copy> copies_after;       // after the last node, in this order
  std::vector<bool> state_written;      // by state: a node or a copy writes it
  size_t arena_bytes = 0;
  size_t output_bytes = 0;
  size_t unshared_bytes = 0;  // of all buffers in the arena, were none shared
};

// Plans the memory of a run:
// - views (kView) are the bytes of their input; constants, feeds and state are read in place;
// - output 0 of a kInPlace node takes the buffer of an input that dies there, where that is an
// intermediate value of the same size and
//   no other input could be disturbed;
// - outputs live in a block of their own, complete at the end of the run; feeds, constants and
// state
//   that are outputs are copied there before the first node;
// - the new value of a state is computed right into the state's tensor where every read of the old
// value comes earlier (or in the same
//   node, in place), else copied at the end; an old value that becomes another state's new value is
//   saved first where it is itself replaced. So states may be swapped and chained;
// - everything else, scratch included, shares one arena by lifetimes.
// The plan is checked before it is returned: Internal if two live buffers overlap, which is a bug.
absl::StatusOr<MemoryPlan> PlanMemory(const MemoryRequest& request);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_PLANNER_H_
