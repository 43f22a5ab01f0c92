#ifndef DAGRAD_RUNTIME_PREPARE_KERNEL_H_
#define DAGRAD_RUNTIME_PREPARE_KERNEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// The kernel of the request's node. Where no output that is read has elements there is nothing to
// do, however many rows of none there are: a kernel without phases, and the op is not asked for
// one. Bit i of `unread`: others are read, output i is not. Every kernel is made here.
absl::Status PrepareKernel(const KernelRequest& request, Kernel* kernel, uint32_t unread = 0);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_PREPARE_KERNEL_H_
