#ifndef DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_INTERNAL_H_
#define DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::non_zero_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::non_zero_internal

#endif  // DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_INTERNAL_H_
