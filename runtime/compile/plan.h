#ifndef DAGRAD_RUNTIME_COMPILE_PLAN_H_
#define DAGRAD_RUNTIME_COMPILE_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/planner.h"
#include "dagrad/runtime/compile/program.h"
#include "dagrad/runtime/compile/schedule.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// A program made ready for one set of input sizes: prepared kernels, when they run, and the places
// of their buffers. Immutable and without pointers to buffers: the contexts that run it bind it
// each to their own.
struct Plan {
  // A phase of a node in a chain.
  struct Member {
    const Phase* phase = nullptr;
    NodeId node = -1;
    int32_t step = 0;          // of `steps`
    int64_t rows_per_row = 1;  // the phase's for one of the chain's
    // Of the chain's pointers, where the inputs and the outputs of the kernel begin.
    int32_t first_input = 0;
    int32_t first_output = 0;
    size_t scratch_offset = 0;
    size_t kept_offset = 0;
  };
  // A pointer to a local value: row r of it is at offset + (r - the tile's first row) * row_step
  // of the task's memory.
  struct Local {
    int32_t pointer = 0;  // of the chain's
    int64_t offset = 0;
    int64_t row_step = 0;
  };
  struct Chain {
    std::vector<Member> members;
    std::vector<Local> locals;
    int32_t first_pointer = 0;  // in `pointers`
    int32_t num_pointers = 0;
    int64_t rows = 0;
    int64_t tile = 0;
    int tasks = 1;
    int stage = 0;
    int slots = 1;           // tasks at the same time
    size_t task_offset = 0;  // of the memory of slot 0, in the arena
    size_t slot_step = 0;    // from one slot's memory to the next; 0: tasks need none
    size_t scratch_at = 0;   // in a slot's memory, behind the local values
  };

  // A function that a step runs (Region), and where its memory stands in the arena.
  struct RegionPlan {
    std::string name;
    std::shared_ptr<const Program> program;
    std::shared_ptr<const Plan> plan;
    size_t arena_offset = 0;
    size_t output_offset = 0;
  };
  // By step, in the order of its kernel's regions; empty if no step has any.
  std::vector<std::vector<RegionPlan>> regions;

  // What the plan is for, where that is not the executable's own program: with nodes that are
  // computed again, to need less memory. States and inputs are the same.
  std::shared_ptr<const Program> rematerialized;
  const Program& ProgramOr(const Program& own) const {
    return rematerialized == nullptr ? own : *rematerialized;
  }
  int nodes_again = 0;
  double nanoseconds_again = 0;
  std::vector<Dims> input_dims;
  Bindings bindings;
  std::vector<ScheduledStep> steps;
  Schedule schedule;
  std::vector<Chain> chains;  // as schedule.chains
  std::vector<Location> pointers;
  std::vector<std::pair<int32_t, int32_t>> feed_pointers;  // index in `pointers`, feed
  std::vector<TensorSpec> outputs;
  std::vector<Location> output_locations;
  std::vector<MemoryPlan::Copy> copies_before;
  std::vector<MemoryPlan::Copy> copies_after;
  std::vector<bool> state_written;
  std::vector<int> fixed_states;  // those that fixed phases read
  ByteSize arena_bytes;
  ByteSize output_bytes;
  ByteSize unshared_bytes;
  ByteSize state_bytes;
  ByteSize constant_bytes;
  ByteSize table_bytes;  // of the plan itself, roughly
  ByteSize OtherBytes() const { return output_bytes + state_bytes + constant_bytes + table_bytes; }
  // What a run takes in all (CompileOptions::memory_limit_bytes).
  ByteSize RunBytes() const { return arena_bytes + OtherBytes(); }
  // The first stage of a phase that writes into the tensor of a state; the number of stages if
  // there is none. Copies into states come later still.
  int first_writing_stage = 0;
};

// Binds the symbols of the input shapes, prepares every kernel and plans memory. InvalidArgument,
// naming the input and both shapes, for dims that do not fit; what a kernel refuses, with its node
// and shapes. ResourceExhausted, with the largest nodes, where all values, scratch and buffers
// together are more than ByteSize::kMax; no kernel is prepared where the values alone are. Where
// RunBytes() is above the program's limit, values are computed again (rematerialize.h);
// ResourceExhausted, with the largest value, where that is not enough. The budget's time is looked
// at before each kernel is prepared.
absl::StatusOr<std::shared_ptr<const Plan>> MakePlan(const Program& program,
                                                     absl::Span<const Dims> input_dims,
                                                     const Budget& budget);

// The plan of a body, whose symbols stand for `bindings` and whose inputs from `first_invariant` on
// are the same in all runs between two that begin anew. `keep`: what depends on them alone stays.
struct RegionRequest {
  const Program& program;
  std::vector<Dims> input_dims;
  Bindings bindings;
  size_t first_invariant;
  bool keep;
};
absl::StatusOr<std::shared_ptr<const Plan>> MakeRegionPlan(const RegionRequest& request,
                                                           const Budget& budget);

// `status` with the head "node (op, file:line) on float32[2,3], float32[3]: ". For kernels that
// fail.
absl::Status AtNode(const Program& program, const Bindings& bindings, NodeId id,
                    const absl::Status& status);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_PLAN_H_
