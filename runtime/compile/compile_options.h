#ifndef DAGRAD_RUNTIME_COMPILE_COMPILE_OPTIONS_H_
#define DAGRAD_RUNTIME_COMPILE_COMPILE_OPTIONS_H_

#include <cstdint>

#include "dagrad/graph/budget.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad {

// How Executable::Compile makes a function ready.
struct CompileOptions {
  runtime::KernelMode kernel_mode = runtime::KernelMode::kFast;
  // Rewrites (fold, merge, prune, simplify) before planning.
  bool optimize = true;
  // Among them, folds of weights and fusions, one kernel for several nodes (RuleStage::kFold and
  // kFuse). Results may differ in the last bits from those without; not with kReference, which has
  // none.
  bool fuse = true;
  // Take rows through consecutive nodes, a tile at a time, where nothing mixes them; false: one
  // node after the other. The same bits, but where a kernel's implementation says otherwise.
  bool flow = true;
  // Where an op has several kernels (convolutions), time all of them on this machine while a plan
  // is made, and take the fastest: milliseconds to seconds for each shape, once. Results may then
  // differ from run to run of a program in the last bits, as kernels do. false: what tables of
  // measurements say, which depends on shapes only.
  bool kernel_trial = false;
  // Plans kept for different input shapes; the least recently used one goes first. At least 1.
  int plan_cache_capacity = 64;
  // Most bytes that a run may take in all: intermediate values, scratch and what is packed for
  // kernels (the arena), outputs, state, constants, and the plan's tables; not the feeds. A plan
  // that needs more computes values again that it would else keep, at the cost of time
  // (runtime/compile/rematerialize.h); ResourceExhausted where that is not enough. 0: no limit.
  // Of a function that runs in pieces (graph/data_dims.h), each piece by itself may take as much.
  int64_t memory_limit_bytes = 0;
  // For Compile itself; runs have their own (RunOptions).
  Budget budget = {};
};

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_COMPILE_COMPILE_OPTIONS_H_
