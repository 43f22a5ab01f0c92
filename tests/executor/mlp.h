#ifndef DAGRAD_TESTS_EXECUTOR_MLP_H_
#define DAGRAD_TESTS_EXECUTOR_MLP_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::testing {

// A training step of dense layers with ReLU between them, mean squared error and Adam, its gradient
// written out by hand: inputs "x" float32["n", widths[0]] and "y" float32["n", widths.back()],
// output "loss"; states w<i>, b<i> and their moments.
Function MlpTrainingStep(const std::vector<int64_t>& widths);
// The forward pass alone: input "x", output "p".
Function MlpPrediction(const std::vector<int64_t>& widths);

// Sets all states of MlpTrainingStep to fixed pseudo-random numbers.
void InitializeMlp(const std::vector<int64_t>& widths, StateStore* store);
// Fixed pseudo-random numbers in [-1, 1).
Tensor MlpData(int64_t rows, int64_t columns, uint64_t seed);

}  // namespace dagrad::testing

#endif  // DAGRAD_TESTS_EXECUTOR_MLP_H_
