#ifndef DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_INTERNAL_H_
#define DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::one_hot_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::one_hot_internal

#endif  // DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_INTERNAL_H_
