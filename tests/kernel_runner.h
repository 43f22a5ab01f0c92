#ifndef DAGRAD_TESTS_KERNEL_RUNNER_H_
#define DAGRAD_TESTS_KERNEL_RUNNER_H_

#include <cstdint>
#include <random>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/tests/op_cases.h"

namespace dagrad::tests {

// How a kernel is run. Whatever is chosen, the outputs must have the same bits.
struct RunOptions {
  enum class Order { kForward, kReverse, kThreads };
  runtime::KernelMode mode = runtime::KernelMode::kFast;
  Order order = Order::kForward;  // of the shards of each phase; kThreads: on four threads
  // What outputs and scratch hold before the run; guards around them are checked after it.
  unsigned char poison = 0xA5;
  // Output 0 is written over this input; -1: over none.
  int output_over_input = -1;
  // Phases by rows are run in ranges drawn from here: row_ranges.h.
  std::mt19937* ranges = nullptr;
};

// What was run.
struct RunReport {
  int most_shards = 0;  // of a phase
  int row_phases = 0;
  uint32_t aligned = ~0U;  // inputs that all phases by rows read by rows
};

// Runs the kernel of the case's node on buffers of its own, and what follows phases that are kept
// once more, so that the outputs are those of a run with what was kept; poison stands for those
// that a phase does not name. An error also where the kernel writes beside a buffer, changes an
// input that is not its output, or writes an output that the phase does not name. Counts are added
// to `report` if given.
absl::StatusOr<std::vector<Tensor>> RunKernel(const OpCase& c, const RunOptions& options,
                                              RunReport* report = nullptr);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_KERNEL_RUNNER_H_
