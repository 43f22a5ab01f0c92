#ifndef DAGRAD_RUNTIME_WIDENED_KERNEL_H_
#define DAGRAD_RUNTIME_WIDENED_KERNEL_H_

#include "absl/status/status.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Whether the request has a dtype in which kernels do not compute (ComputeDType, graph/dtype.h),
// and the op does not move its elements as they are (kMovesElements, graph/op.h).
bool NeedsWidening(const KernelRequest& request);

// The kernel of the request's op for the same sizes in the dtypes in which it computes, between
// casts of inputs and results: a few rows at a time if the kernel is one phase by rows, otherwise
// in scratch memory that holds the whole tensors.
absl::Status PrepareWidenedKernel(const KernelRequest& request, Kernel* kernel);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_WIDENED_KERNEL_H_
