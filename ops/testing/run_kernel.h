#ifndef DAGRAD_OPS_TESTING_RUN_KERNEL_H_
#define DAGRAD_OPS_TESTING_RUN_KERNEL_H_

#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops {

// How RunKernel takes the shards of a phase.
struct RunOptions {
  runtime::KernelMode mode = runtime::KernelMode::kFast;
  // 0: one after the other on the calling thread. Otherwise on so many new threads, the last shard
  // first.
  int threads = 0;
};

// Infers, prepares and runs one op on tensors. Outputs and scratch are filled with 0xff bytes (NaN)
// beforehand, so that what a kernel fails to write is seen. `implementation`, if given, gets the
// kernel's.
absl::StatusOr<std::vector<Tensor>> RunKernel(const OpDef& op, absl::Span<const Tensor> inputs,
                                              AttrMap attrs, const RunOptions& options = {},
                                              std::string* implementation = nullptr);

// Runs a prepared kernel likewise; `outputs` are the outputs' dtypes and dims.
absl::StatusOr<std::vector<Tensor>> RunPrepared(const runtime::Kernel& kernel,
                                                absl::Span<const Tensor> inputs,
                                                absl::Span<const runtime::TensorSpec> outputs,
                                                int threads);

// Floats uniform in [-1, 1).
Tensor RandomTensor(DType dtype, absl::Span<const int64_t> dims, std::mt19937* random);

// Largest |a - b| / max(1, |b|) over the elements, compared in float64; infinity for a NaN in only
// one, or for other dims.
double MaxError(const Tensor& a, const Tensor& b);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_TESTING_RUN_KERNEL_H_
