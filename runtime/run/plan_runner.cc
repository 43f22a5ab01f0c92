#include "dagrad/runtime/run/plan_runner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/constant.h"
#include "dagrad/runtime/run/thread_team.h"

namespace dagrad::runtime {
namespace {

// The error of the lowest task, so that the message does not depend on which thread came first.
class FirstError {
 public:
  void Keep(int task, absl::Status status) {
    const std::lock_guard lock(mutex_);
    if (task >= task_) return;
    task_ = task;
    status_ = std::move(status);
  }
  absl::Status status() const { return status_; }

 private:
  std::mutex mutex_;
  int task_ = INT_MAX;
  absl::Status status_;
};

}  // namespace

int TaskSlots::Take(int slots) {
  thread_local int before = 0;
  uint32_t taken = taken_.load(std::memory_order_relaxed);
  while (true) {
    const bool again = before < slots && (taken >> before & 1) == 0;
    const int slot = again ? before : std::countr_one(taken);
    if (slot >= slots) {
      std::this_thread::yield();
      taken = taken_.load(std::memory_order_relaxed);
    } else if (taken_.compare_exchange_weak(taken, taken | 1U << slot, std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
      return before = slot;
    }
  }
}

void* PlanRunner::Resolve(const Location& location) const {
  switch (location.kind) {
    case Location::Kind::kArena:
      return memory_.arena + location.offset;
    case Location::Kind::kOutputs:
      return memory_.outputs + location.offset;
    case Location::Kind::kFeed:
      return const_cast<void*>(feeds_[location.index]);
    case Location::Kind::kState:
      return const_cast<void*>(states_[location.index]->bytes());  // NoteWrites() says so
    case Location::Kind::kConstant:
      return const_cast<void*>(
          ConstantValue(plan_->ProgramOr(*program_).function.nodes[location.index])->bytes());
    case Location::Kind::kTask:
      return nullptr;  // set by each task
  }
  return nullptr;
}

void PlanRunner::ResolvePointers() {
  feeds_.assign(program_->function.inputs.size(), nullptr);
  pointers_.clear();
  pointers_.reserve(plan_->pointers.size());
  for (const Location& location : plan_->pointers) pointers_.push_back(Resolve(location));
}

void PlanRunner::RunCopies(const std::vector<MemoryPlan::Copy>& copies) {
  for (const MemoryPlan::Copy& c : copies) {
    if (c.bytes > ByteSize()) std::memcpy(Resolve(c.to), Resolve(c.from), c.bytes.value());
  }
}

absl::Status PlanRunner::RunMember(const Plan::Chain& chain, const Plan::Member& member,
                                   absl::FunctionRef<absl::Status()> run) const {
  const int64_t begin = log_ == nullptr ? 0 : EventLog::Now();
  const absl::Status status = run();
  if (log_ != nullptr) log_->Add(log_base_ + member.step, chain.stage, begin, EventLog::Now());
  return status.ok() ? status
                     : AtNode(plan_->ProgramOr(*program_), plan_->bindings, member.node, status);
}

// The members of a chain over the rows [begin, end) of it.
absl::Status PlanRunner::RunTile(const Plan::Chain& chain, void** chain_pointers, std::byte* task,
                                 int64_t begin, int64_t end) const {
  for (const Plan::Local& local : chain.locals) {
    // As if the whole value stood there: only these rows of it are looked at.
    chain_pointers[local.pointer] = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(task) +
                                                            local.offset - begin * local.row_step);
  }
  for (const Plan::Member& m : chain.members) {
    const KernelArgs args = ArgsOf(m, chain_pointers, task + chain.scratch_at);
    DAGRAD_RETURN_IF_ERROR(RunMember(chain, m, [&] {
      return m.phase->rows->run(args, begin * m.rows_per_row, end * m.rows_per_row);
    }));
  }
  return absl::OkStatus();
}

absl::Status PlanRunner::RunTask(const Plan::Chain& chain, int index) const {
  if (budget_ != nullptr) DAGRAD_RETURN_IF_ERROR(budget_->Check());
  void* const* shared = &pointers_[chain.first_pointer];
  if (chain.rows == 0) {
    const Plan::Member& m = chain.members[0];
    return RunMember(chain, m, [&] { return m.phase->run(ArgsOf(m, shared, nullptr), index); });
  }
  std::array<void*, Schedule::kMaxPointers> own;
  void** chain_pointers = const_cast<void**>(shared);
  if (!chain.locals.empty()) {
    std::copy_n(shared, chain.num_pointers, own.data());
    chain_pointers = own.data();
  }
  TaskSlots& slots = slots_[&chain - plan_->chains.data()];
  const int slot = chain.slot_step == 0 ? 0 : slots.Take(chain.slots);
  const absl::Cleanup give_back = [&] {
    if (chain.slot_step > 0) slots.GiveBack(slot);
  };
  std::byte* const task = memory_.arena + chain.task_offset + slot * chain.slot_step;
  const ShardRange range = RangeOfShard(chain.rows, chain.tasks, index);
  for (int64_t row = range.begin; row < range.end; row += chain.tile) {
    const int64_t end = std::min(row + chain.tile, range.end);
    if (budget_ != nullptr && row > range.begin) DAGRAD_RETURN_IF_ERROR(budget_->Check());
    DAGRAD_RETURN_IF_ERROR(RunTile(chain, chain_pointers, task, row, end));
  }
  return absl::OkStatus();
}

absl::Status PlanRunner::RunStage(const Schedule::Stage& stage) const {
  const auto run = [&](int i) {
    return RunTask(plan_->chains[stage.tasks[i].chain], stage.tasks[i].index);
  };
  const int tasks = static_cast<int>(stage.tasks.size());
  if (!stage.on_team) {
    for (int i = 0; i < tasks; ++i) DAGRAD_RETURN_IF_ERROR(run(i));
  } else {
    FirstError error;
    ThreadTeam::Get().Run(tasks, [&](int i) {
      absl::Status status = run(i);
      if (!status.ok()) error.Keep(i, std::move(status));
    });
    DAGRAD_RETURN_IF_ERROR(error.status());
  }
  for (int32_t chain : stage.driven) DAGRAD_RETURN_IF_ERROR(RunDriven(plan_->chains[chain]));
  return absl::OkStatus();
}

// What a step runs in turn.
class PlanRunner::Regions : public RegionRunner {
 public:
  Regions(const std::vector<Plan::RegionPlan>& plans, const Memory& memory) {
    for (const Plan::RegionPlan& plan : plans) {
      regions_.push_back(std::make_unique<Region>());
      Region& region = *regions_.back();
      region.plan = &plan;
      region.runner.Bind(
          plan.program.get(), plan.plan.get(),
          {memory.arena + plan.arena_offset, memory.arena + plan.output_offset, memory.strings},
          nullptr);
    }
  }

  // Before the kernel is driven: its regions begin anew.
  void Begin(const Budget* budget) {
    budget_ = budget;
    for (const auto& region : regions_) region->begun = false;
  }

  absl::Span<const void*> operands(int region) override { return regions_[region]->runner.feeds(); }

  absl::StatusOr<absl::Span<const void* const>> Run(int index) override {
    Region& region = *regions_[index];
    if (budget_ != nullptr) DAGRAD_RETURN_IF_ERROR(budget_->Check());
    const Schedule& schedule = region.plan->plan->schedule;
    const int first = std::exchange(region.begun, true) ? schedule.fixed_stages : 0;
    const absl::Status status =
        region.runner.Run(first, budget_, static_cast<int>(schedule.stages.size()));
    if (!status.ok()) return Prefixed(region.plan->name, status);
    region.runner.RunCopiesAfter();
    return region.runner.outputs();
  }

  void SetLog(EventLog* log, int* next) {
    for (const auto& region : regions_) region->runner.SetLog(log, next);
  }

  ByteSize TableBytes() const {
    ByteSize bytes = BytesOf<Region>(regions_.size());
    for (const auto& region : regions_) bytes += region->runner.TableBytes();
    return bytes;
  }

 private:
  struct Region {
    const Plan::RegionPlan* plan = nullptr;
    PlanRunner runner;
    bool begun = false;  // what its fixed stages made is there
  };

  std::vector<std::unique_ptr<Region>> regions_;
  const Budget* budget_ = nullptr;
};

PlanRunner::PlanRunner() = default;
PlanRunner::~PlanRunner() = default;

void PlanRunner::Bind(const Program* program, const Plan* plan, Memory memory,
                      Tensor* const* states) {
  program_ = program;
  plan_ = plan;
  memory_ = memory;
  states_ = states;
  slots_ = std::make_unique<TaskSlots[]>(plan->chains.size());
  ResolvePointers();
  outputs_.clear();
  outputs_.reserve(plan->output_locations.size());
  for (const Location& location : plan->output_locations) outputs_.push_back(Resolve(location));
  regions_.clear();
  for (const std::vector<Plan::RegionPlan>& plans : plan->regions) {
    regions_.push_back(plans.empty() ? nullptr : std::make_unique<Regions>(plans, memory_));
  }
}

absl::Status PlanRunner::RunDriven(const Plan::Chain& chain) const {
  const Plan::Member& m = chain.members[0];
  Regions& regions = *regions_[m.step];
  regions.Begin(budget_);
  const KernelArgs args = ArgsOf(m, &pointers_[chain.first_pointer], nullptr);
  return RunMember(chain, m, [&] { return plan_->steps[m.step].kernel.drive(args, regions); });
}

void PlanRunner::SetLog(EventLog* log, int* next) {
  log_ = log;
  log_base_ = *next;
  *next += static_cast<int>(plan_->steps.size());
  for (const auto& regions : regions_) {
    if (regions != nullptr) regions->SetLog(log, next);
  }
}

namespace {

// Recurses as deep as functions nest.
void AddSteps(const Program& program, const Plan& plan,  // NOLINT(misc-no-recursion)
              const std::string& path, int within, double runs,
              std::vector<RunProfile::NodeTime>* nodes) {
  const size_t first = nodes->size();
  for (const ScheduledStep& step : plan.steps) {
    const Node& node = plan.ProgramOr(program).function.nodes[step.node];
    const Schedule::Span& span = plan.schedule.spans[step.node];
    OpCost cost = {runs * step.cost.flops, runs * step.cost.bytes};
    if (step.kernel.drive != nullptr) cost = {};  // that of what it runs
    nodes->push_back({absl::StrCat(path, node.name), std::string(node.op->name),
                      step.kernel.implementation, span.last, span.chain, 0, cost, within});
  }
  for (size_t i = 0; i < plan.regions.size(); ++i) {
    const auto index = static_cast<int>(first + i);
    for (size_t r = 0; r < plan.regions[i].size(); ++r) {
      const Plan::RegionPlan& region = plan.regions[i][r];
      AddSteps(*region.program, *region.plan,
               absl::StrCat((*nodes)[index].node, "/", region.name, "/"), index,
               runs * plan.steps[i].kernel.regions[r].runs, nodes);
    }
  }
}

}  // namespace

void AddStepsOf(const Program& program, const Plan& plan, PlansBefore* before,
                std::vector<RunProfile::NodeTime>* nodes) {
  const size_t first = nodes->size();
  AddSteps(program, plan, "", -1, 1, nodes);
  before->stages_by_node.resize(nodes->size(), 0);
  for (size_t i = first; i < nodes->size(); ++i) {
    RunProfile::NodeTime& node = (*nodes)[i];
    if (node.within >= 0) continue;  // its stages are those of a function
    before->stages_by_node[i] = before->stages;
    node.stage += before->stages;
    node.chain += before->chains;
  }
  before->stages += static_cast<int>(plan.schedule.stages.size());
  before->chains += static_cast<int>(plan.schedule.chains.size());
}

ByteSize PlanRunner::TableBytes() const {
  ByteSize bytes = BytesOf<void*>(pointers_.size() + feeds_.size() + outputs_.size()) +
                   BytesOf<TaskSlots>(plan_ == nullptr ? 0 : plan_->chains.size()) +
                   BytesOf<std::unique_ptr<Regions>>(regions_.size());
  for (const auto& regions : regions_) {
    if (regions != nullptr) bytes += regions->TableBytes() + BytesOf<Regions>(1);
  }
  return bytes;
}

absl::Status PlanRunner::Run(int first_stage, const Budget* budget, int may_stop_until) {
  stage_ = first_stage;
  for (const auto& [pointer, feed] : plan_->feed_pointers)
    pointers_[pointer] = const_cast<void*>(feeds_[feed]);
  RunCopies(plan_->copies_before);
  return RunStages(may_stop_until, budget);
}

absl::Status PlanRunner::RunStages(int may_stop_until, const Budget* budget) try {
  const auto& stages = plan_->schedule.stages;
  for (const auto end = static_cast<int>(stages.size()); stage_ < end; ++stage_) {
    budget_ = stage_ < may_stop_until ? budget : nullptr;
    DAGRAD_RETURN_IF_ERROR(RunStage(stages[stage_]));
  }
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::runtime
