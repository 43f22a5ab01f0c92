#ifndef DAGRAD_RUNTIME_PLAN_H_
#define DAGRAD_RUNTIME_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/planner.h"
#include "dagrad/runtime/program.h"

namespace dagrad::runtime {

// A program made ready for one set of input sizes: prepared kernels in their order and the places
// of their buffers. Immutable and without pointers to buffers: the contexts that run it bind it
// each to their own.
struct Plan {
  struct Step {
    NodeId node = -1;
    Kernel kernel;
    // Of `pointers`, where the inputs and the outputs of the kernel begin.
    int32_t first_input = 0;
    int32_t first_output = 0;
    size_t scratch_offset = 0;
    // Long enough to be worth the team; else its shards run on the caller's thread.
    bool on_team = false;
    OpCost cost;
  };

  std::vector<Dims> input_dims;
  Bindings bindings;
  std::vector<Step> steps;
  std::vector<Location> pointers;
  std::vector<std::pair<int32_t, int32_t>> feed_pointers;  // index in `pointers`, feed
  std::vector<TensorSpec> outputs;
  std::vector<Location> output_locations;
  std::vector<MemoryPlan::Copy> copies_before;
  std::vector<MemoryPlan::Copy> copies_after;
  std::vector<bool> state_written;
  size_t arena_bytes = 0;
  size_t output_bytes = 0;
  size_t unshared_bytes = 0;
};

// Binds the symbols of the input shapes, prepares every kernel and plans memory. InvalidArgument,
// naming the input and both shapes, for dims that do not fit; what a kernel refuses, with its node
// and shapes; ResourceExhausted for an arena above the program's limit, with its largest value.
absl::StatusOr<std::shared_ptr<const Plan>> MakePlan(const Program& program,
                                                     absl::Span<const Dims> input_dims);

// `status` with the head "node (op, file:line) on float32[2,3], float32[3]: ". For kernels that
// fail.
absl::Status AtNode(const Program& program, const Bindings& bindings, NodeId id,
                    const absl::Status& status);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_PLAN_H_
