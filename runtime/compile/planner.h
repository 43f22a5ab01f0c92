#ifndef DAGRAD_RUNTIME_COMPILE_PLANNER_H_
#define DAGRAD_RUNTIME_COMPILE_PLANNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/schedule.h"
#include "dagrad/runtime/compile/value_numbers.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Where the bytes of a value are.
struct Location {
  enum class Kind : uint8_t {
    kArena,     // at `offset` of the context's arena
    kOutputs,   // at `offset` of the context's block of outputs
    kFeed,      // the feed `index`
    kState,     // the tensor of the state `index` (of StateNames)
    kConstant,  // the tensor of the node `index`
    kTask,      // of each task of a chain a tile (Schedule::local_offset)
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
  absl::Span<const int> roots;         // by value (RootsOf)
  absl::Span<const TensorSpec> specs;  // by value
  absl::Span<const ScheduledStep> steps;
  const Schedule* schedule;
};

// Memory for one run.
struct MemoryPlan {
  struct Copy {
    Location from;
    Location to;
    ByteSize bytes;
  };

  std::vector<Location> values;         // by value
  std::vector<size_t> scratch_offsets;  // by node, in the arena
  std::vector<size_t> kept_offsets;     // likewise
  std::vector<size_t> task_offsets;     // by chain, in the arena: task_bytes for each slot
  std::vector<Location> outputs;        // by output of the function, in the block of outputs
  std::vector<Copy> copies_before;      // before the first stage, in this order
  std::vector<Copy> copies_after;       // after the last stage, in this order
  std::vector<bool> state_written;      // by state: a node or a copy writes it
  ByteSize arena_bytes;
  ByteSize output_bytes;
  ByteSize unshared_bytes;  // of all buffers in the arena, were none shared
};

// Plans the memory of a run:
// - views (kView) are the bytes of their input; constants, feeds and state are read in place;
// - the local values of chains are tiles in the memory of the chain's tasks;
// - output 0 of a node takes the buffer of an input that dies there, where the op allows it
//   (OpDef::MayTakePlace), that is an intermediate value of the same size, and no other read could
//   be disturbed: all come in earlier stages, or in earlier members of the same chain at the same
//   rows;
// - outputs live in a block of their own, complete at the end of the run; feeds, constants and
//   state that are outputs are copied there before the first stage;
// - the new value of a state is computed right into the state's tensor where, likewise, no read of
//   the old value could be disturbed, else copied at the end; an old value that becomes another
//   state's new value is saved first where it is itself replaced. So states may be swapped and
//   chained;
// - what fixed phases make for others, in values and in scratch, has its bytes for itself from then
//   on to the end of the run, so that it is there in the next;
// - everything else, scratch included, shares one arena by lifetimes, counted in stages.
// The plan is checked before it is returned: Internal if two live buffers overlap, which is a bug.
absl::StatusOr<MemoryPlan> PlanMemory(const MemoryRequest& request);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_PLANNER_H_
