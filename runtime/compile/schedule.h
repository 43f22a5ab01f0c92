#ifndef DAGRAD_RUNTIME_COMPILE_SCHEDULE_H_
#define DAGRAD_RUNTIME_COMPILE_SCHEDULE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/value_numbers.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// A node that has something to run.
struct ScheduledStep {
  NodeId node = -1;
  Kernel kernel;
  OpCost cost;
  // So many of its first phases depend on constants and on states alone that the function does not
  // update: what they make stays from run to run.
  int fixed_phases = 0;
};

// Whether only a run's budget may end one of them.
bool MayBeEndless(absl::Span<const ScheduledStep> steps);

// When the phases of a plan's steps run: in stages, one after the other. The chains of a stage do
// not need one another; each is cut into tasks, and all tasks of a stage may run at the same time.
//
// A chain takes rows through the phases of one step after the other: a task has a range of the
// rows and goes through all members with one tile of it, then with the next, so that what one
// member writes is still in the cache when another reads it, and nobody waits. A phase joins the
// chain of what it reads if it needs no more than the same rows of that; it waits for the next
// stage where rows meet. A phase that is not by rows is a chain of its own, whose tasks are its
// shards.
//
// Fixed phases have stages of their own, before all others: a run may leave them out if the states
// are as they were in the run before.
//
// All of it but the slots depends on shapes only, never on the number of threads.
struct Schedule {
  struct Member {
    int step = -1;  // index of the ScheduledStep
    int phase = 0;
    uint32_t aligned = 0;  // bit i: input i is read at the rows of the tile only
  };
  struct Chain {
    std::vector<Member> members;  // in the order of the nodes
    int stage = 0;
    int64_t rows = 0;  // 0: not by rows
    int64_t tile = 0;  // rows that go through all members at a time
    int tasks = 1;
    // Of its tasks, how many may run at the same time: each needs memory of its own, for the tiles
    // of local values, then for the phases' task scratch.
    int slots = 1;
    ByteSize local_bytes;
    ByteSize task_bytes;
    ByteSize whole_bytes;  // of the local values, had they buffers
  };
  struct Stage {
    struct Task {
      int32_t chain;
      int32_t index;  // of the chain's tasks
    };
    std::vector<Task> tasks;
    // Chains of kernels that run functions, one after the other behind all tasks, each with all
    // threads for itself (Kernel::drive).
    std::vector<int32_t> driven;
    bool on_team = false;  // long enough to be worth waking the team
  };
  // When a node runs.
  struct Span {
    int first = -1;   // stage of the first phase; -1: the node has nothing to run
    int runs = -1;    // stage of the first phase that is not fixed
    int writes = -1;  // stage of the first phase that touches an output
    int last = -1;    // stage of the last phase
    int chain = -1;   // of the last phase
    int member = -1;  // of that chain
  };
  // A read of a value by a phase.
  struct Use {
    int root;
    int chain;
    int member;    // of the chain
    bool aligned;  // at the rows of the tile only
  };

  std::vector<Chain> chains;
  std::vector<Stage> stages;
  int fixed_stages = 0;     // so many of the first are of fixed phases
  std::vector<Span> spans;  // by node
  std::vector<Use> uses;    // sorted by root
  // By value: where the tile of a local value stands in a task's memory; -1 for others. A local
  // value is made and used within one chain only, so it never stands in memory as a whole.
  std::vector<int64_t> local_offset;

  absl::Span<const Use> UsesOf(int root) const;

  // Inputs and outputs of all members of one chain of several members.
  static constexpr size_t kMaxPointers = 192;
};

struct ScheduleRequest {
  const Function* function;
  const ValueNumbers* numbers;
  absl::Span<const TensorSpec> specs;  // by value
  absl::Span<const int> roots;         // by value (RootsOf)
  absl::Span<const ScheduledStep> steps;
  absl::Span<const NodeId> after = {};  // Program::after
  int threads = 1;   // that memory is planned for; if there are more, some wait for memory
  bool flow = true;  // false: every phase is a stage of its own, in the order of the nodes
};

Schedule MakeSchedule(const ScheduleRequest& request);

// Roughly, of one thread.
double Nanoseconds(const OpCost& cost);

// For tests, so that small tensors too go in tiles to the team: the bytes that a tile of all
// members together should not exceed, and the nanoseconds of work from which on a stage is for the
// team. Gives the former values; not to be called while plans are made. Results do not depend on
// them.
struct ScheduleTuning {
  ByteSize tile_bytes;
  double team_nanoseconds;
};
ScheduleTuning SetScheduleTuningForTesting(const ScheduleTuning& tuning);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_SCHEDULE_H_
