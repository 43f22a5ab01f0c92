#ifndef DAGRAD_RUNTIME_KERNEL_TRIAL_H_
#define DAGRAD_RUNTIME_KERNEL_TRIAL_H_

#include <cstddef>

#include "absl/types/span.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// The index of the kernel, of those prepared for one request, that takes the least time on this
// thread: inputs of zeros, all shards one after another, the best of 3 runs after one that warms
// up and puts out what takes 3 times as long as the first kernel. Phases that need not run again
// (Phase::kept, of fixed inputs) do not count. The first kernel stays unless another takes less
// than 0.95 of its time; and where it fails, or there is no memory to try. `kernels` is not empty.
size_t FastestKernel(absl::Span<const Kernel> kernels, const KernelRequest& request);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_KERNEL_TRIAL_H_
