#ifndef DAGRAD_RUNTIME_COMPILE_REGION_PLANS_H_
#define DAGRAD_RUNTIME_COMPILE_REGION_PLANS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/runtime/compile/plan.h"

namespace dagrad::runtime {

// Plans the functions that the step's kernel runs, in a function whose symbols are `bindings`.
// Their memory is added to the step's scratch, behind the kernel's own, and the offsets of the
// result are from the scratch's beginning; what they cost is added to the step's. A part of
// MakePlan().
absl::StatusOr<std::vector<Plan::RegionPlan>> PlanRegions(const Program& program,
                                                          const Bindings& bindings, bool keep,
                                                          const Budget& budget,
                                                          ScheduledStep* step);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REGION_PLANS_H_
