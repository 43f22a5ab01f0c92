#include "dagrad/runtime/compile/plan_bytes.h"

#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {

void CountBytes(const Program& program, Plan* plan) {
  for (const Program::State& s : program.states)
    plan->state_bytes += ByteSize(DTypeSize(s.type.dtype)) * NumElements(s.type.shape.ToDims());
  for (const Node& node : program.function.nodes) {
    const Tensor* constant = ConstantValue(node);
    if (constant != nullptr) plan->constant_bytes += ByteSize(constant->byte_size());
  }
  size_t members = 0, phases = 0;
  for (const Plan::Chain& chain : plan->chains) members += chain.members.size();
  for (const ScheduledStep& step : plan->steps) phases += step.kernel.phases.size();
  constexpr size_t kClosure = 256;  // what a phase's functions keep
  plan->table_bytes =
      BytesOf<ScheduledStep>(plan->steps.size()) + BytesOf<Phase>(phases) +
      BytesOf<char>(phases, kClosure) + BytesOf<Plan::Chain>(plan->chains.size()) +
      BytesOf<Schedule::Chain>(plan->chains.size()) + BytesOf<Plan::Member>(members) +
      BytesOf<Schedule::Member>(members) + BytesOf<Location>(plan->pointers.size()) +
      BytesOf<void*>(plan->pointers.size()) + BytesOf<Schedule::Use>(plan->schedule.uses.size());
  for (const std::vector<Plan::RegionPlan>& regions : plan->regions) {
    for (const Plan::RegionPlan& region : regions) {
      plan->table_bytes += region.plan->table_bytes + BytesOf<Plan>(1);
      plan->constant_bytes += region.plan->constant_bytes;
    }
  }
}

}  // namespace dagrad::runtime
