#ifndef DAGRAD_TESTS_HOSTILE_FUNCTION_WALK_H_
#define DAGRAD_TESTS_HOSTILE_FUNCTION_WALK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"

namespace dagrad::tests {

// What a plan of a walk may take.
inline constexpr int64_t kWalkMemoryLimit = int64_t{64} << 20;

// Compiles `function` twice: as it is, node by node on the reference kernels, and with rewrites,
// fusions, flow and fast kernels (each of them left out now and then). Plans both for some sizes of
// its symbols, 0 among them, and runs them twice on the same feeds and states. Sizes, numbers
// (hostile ones in some walks) and what is left out follow from `seed`; what would take long or
// much is planned, but not run. All of it within `budget`. Gives the first error. Internal: that of
// dagrad, bytes written outside a buffer, an output that is not what the reference kernels give,
// where these are sure of it.
absl::Status WalkFunction(const Function& function, uint64_t seed, const Budget& budget = {});

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_FUNCTION_WALK_H_
