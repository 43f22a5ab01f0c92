#ifndef DAGRAD_TESTS_EXECUTOR_RANDOM_FUNCTION_H_
#define DAGRAD_TESTS_EXECUTOR_RANDOM_FUNCTION_H_

#include <cstdint>
#include <random>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::testing {

using Random = std::mt19937_64;

// A function of about `nodes` nodes drawn from all ops of the table, with attributes of their
// samples, over inputs (one has the symbolic dimension "n"), states, constants and each other. Some
// values are outputs, some are new values of states, some are used by nobody.
Function RandomFunction(int nodes, Random& random);

// Numbers for every input of the function, with n = `n`.
runtime::TensorMap RandomFeeds(const Function& function, int64_t n, Random& random);
// Numbers for every state that the function reads or updates.
runtime::TensorMap RandomStates(const Function& function, Random& random);

}  // namespace dagrad::testing

#endif  // DAGRAD_TESTS_EXECUTOR_RANDOM_FUNCTION_H_
