#include "dagrad/runtime/compile/region_plans.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {
namespace {

absl::StatusOr<std::shared_ptr<const Plan>> PlanOf(const Region& region, const Program& program,
                                                   const Bindings& outer, bool keep,
                                                   const Budget& budget) {
  std::vector<Dims> dims;
  for (const TensorSpec& spec : region.inputs) dims.push_back(spec.dims);
  DAGRAD_ASSIGN_OR_RETURN(Bindings bindings, BindBody(program.function, dims, outer));
  return MakeRegionPlan({program, dims, std::move(bindings), region.first_invariant, keep}, budget);
}

void AddCost(const Region& region, const Plan& plan, OpCost* cost) {
  for (const ScheduledStep& s : plan.steps) {
    cost->flops += region.runs * s.cost.flops;
    cost->bytes += region.runs * s.cost.bytes;
  }
}

// Gives each place memory for the largest of its regions; false if it is too much.
bool Place(absl::Span<const Region> regions, std::vector<Plan::RegionPlan>* plans,
           size_t* scratch_bytes) {
  std::vector<ByteSize> bytes;
  for (size_t i = 0; i < plans->size(); ++i) {
    const Plan& plan = *(*plans)[i].plan;
    const auto place = static_cast<size_t>(regions[i].place);
    if (place >= bytes.size()) bytes.resize(place + 1);
    bytes[place] = std::max(bytes[place], plan.arena_bytes.Aligned() + plan.output_bytes.Aligned());
  }
  ByteSize end = ByteSize(*scratch_bytes).Aligned();
  for (ByteSize& b : bytes) end += std::exchange(b, end);
  if (end.too_large()) return false;
  for (size_t i = 0; i < plans->size(); ++i) {
    Plan::RegionPlan& region = (*plans)[i];
    region.arena_offset = bytes[regions[i].place].value();
    region.output_offset = region.arena_offset + region.plan->arena_bytes.Aligned().value();
  }
  *scratch_bytes = end.value();
  return true;
}

}  // namespace

absl::StatusOr<std::vector<Plan::RegionPlan>> PlanRegions(const Program& program,
                                                          const Bindings& bindings, bool keep,
                                                          const Budget& budget,
                                                          ScheduledStep* step) {
  std::vector<Plan::RegionPlan> plans;
  for (const Region& region : step->kernel.regions) {
    const auto it = program.bodies.find(region.body.get());
    if (it == program.bodies.end())
      return InternalError(absl::StrCat(region.name, " has not been prepared"));
    absl::StatusOr<std::shared_ptr<const Plan>> plan =
        PlanOf(region, *it->second, bindings, keep, budget);
    if (!plan.ok()) return Prefixed(region.name, plan.status());
    AddCost(region, **plan, &step->cost);
    step->kernel.endless |= MayBeEndless((*plan)->steps);
    plans.push_back({std::string(region.name), it->second, *std::move(plan)});
  }
  if (!Place(step->kernel.regions, &plans, &step->kernel.scratch_bytes))
    return ResourceExhaustedError("its functions need more than 2^47 bytes of memory");
  return plans;
}

}  // namespace dagrad::runtime
