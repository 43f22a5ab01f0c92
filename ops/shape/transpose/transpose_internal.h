#ifndef DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_INTERNAL_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::transpose_internal {

// The attribute for a tensor of `rank`, written out: every axis once, counted from 0. Fails with
// transpose_c1.
absl::StatusOr<std::vector<int>> Permutation(const std::vector<int64_t>& perm, int rank);

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Span<const runtime::Rule> Rules();
Samples MakeSamples();

}  // namespace dagrad::ops::transpose_internal

#endif  // DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_INTERNAL_H_
