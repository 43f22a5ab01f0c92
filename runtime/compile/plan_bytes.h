#ifndef DAGRAD_RUNTIME_COMPILE_PLAN_BYTES_H_
#define DAGRAD_RUNTIME_COMPILE_PLAN_BYTES_H_

#include "dagrad/runtime/compile/plan.h"

namespace dagrad::runtime {

// Counts what a run takes beside the arena and the outputs: state, constants and the plan's tables,
// those of the functions that steps run included. A part of MakePlan().
void CountBytes(const Program& program, Plan* plan);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_PLAN_BYTES_H_
