#ifndef DAGRAD_RUNTIME_RUN_PLAN_RUNNER_H_
#define DAGRAD_RUNTIME_RUN_PLAN_RUNNER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/plan.h"
#include "dagrad/runtime/run/profile.h"

namespace dagrad::runtime {

// Which of a chain's slots are taken. A thread takes the one that it had before if it can: what it
// left there is in its caches.
class TaskSlots {
 public:
  // Waits for one if all of `slots` (at most 32) are taken.
  int Take(int slots);
  void GiveBack(int slot) { taken_.fetch_and(~(1U << slot), std::memory_order_release); }

 private:
  std::atomic<uint32_t> taken_{0};
};

// Runs a plan, in memory and on tensors that others own. What steps run in turn (Plan::regions) has
// runners of its own, which are made once and have their memory in this one's.
class PlanRunner {
 public:
  struct Memory {
    std::byte* arena = nullptr;    // plan->arena_bytes
    std::byte* outputs = nullptr;  // plan->output_bytes
    StringHeap* strings = nullptr;
  };
  PlanRunner();
  ~PlanRunner();

  // Both must outlive the runs. `states` by state of the program, which must stay where they are.
  void Bind(const Program* program, const Plan* plan, Memory memory, Tensor* const* states);
  // After a change of the states' tensors.
  void ResolvePointers();
  void* Resolve(const Location& location) const;

  // By input: where its bytes are, for the next run.
  absl::Span<const void*> feeds() { return absl::MakeSpan(feeds_); }
  // By output: where they stand.
  absl::Span<const void* const> outputs() const { return absl::MakeConstSpan(outputs_); }

  // One run, its stages from `first_stage` on; the copies after the last are left to
  // RunCopiesAfter(). Before the stage `may_stop_until` it may stop for want of `budget`'s time;
  // null: without limit.
  absl::Status Run(int first_stage, const Budget* budget, int may_stop_until);
  void RunCopiesAfter() { RunCopies(plan_->copies_after); }
  // Where the last run stopped.
  int stage() const { return stage_; }
  // Of the tables of this and all that is in it.
  ByteSize TableBytes() const;

  // Of runs that are profiled; null: of none. Steps have numbers from *next on: those of this plan,
  // then those of the functions that its steps run, in the order of AddStepsOf().
  void SetLog(EventLog* log, int* next);

 private:
  class Regions;

  void BindRegions();
  absl::Status RunStages(int may_stop_until, const Budget* budget);
  absl::Status RunStage(const Schedule::Stage& stage) const;
  absl::Status RunTask(const Plan::Chain& chain, int index) const;
  absl::Status RunDriven(const Plan::Chain& chain) const;
  absl::Status RunMember(const Plan::Chain& chain, const Plan::Member& member,
                         absl::FunctionRef<absl::Status()> run) const;
  KernelArgs ArgsOf(const Plan::Member& m, void* const* chain_pointers,
                    std::byte* task_scratch) const {
    return {chain_pointers + m.first_input,
            chain_pointers + m.first_output,
            memory_.arena + m.scratch_offset,
            memory_.arena + m.kept_offset,
            task_scratch,
            memory_.strings};
  }
  absl::Status RunTile(const Plan::Chain& chain, void** chain_pointers, std::byte* task,
                       int64_t begin, int64_t end) const;
  void RunCopies(const std::vector<MemoryPlan::Copy>& copies);

  EventLog* log_ = nullptr;
  int log_base_ = 0;  // number of this plan's first step
  const Program* program_ = nullptr;
  const Plan* plan_ = nullptr;
  Memory memory_;
  Tensor* const* states_ = nullptr;
  int stage_ = 0;                       // that runs
  const Budget* budget_ = nullptr;      // of the run, while it may stop
  std::unique_ptr<TaskSlots[]> slots_;  // by chain
  std::vector<void*> pointers_;         // as plan->pointers
  std::vector<const void*> feeds_;
  std::vector<const void*> outputs_;
  std::vector<std::unique_ptr<Regions>> regions_;  // by step; empty if none has any
};

// Of plans that run one after the other.
struct PlansBefore {
  int stages = 0, chains = 0;
  std::vector<int> stages_by_node;  // before the plan of each of the nodes
};

// Adds the steps of a plan and of all functions that they run, as SetLog() numbers them.
void AddStepsOf(const Program& program, const Plan& plan, PlansBefore* before,
                std::vector<RunProfile::NodeTime>* nodes);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_PLAN_RUNNER_H_
