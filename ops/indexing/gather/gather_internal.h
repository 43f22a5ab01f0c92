#ifndef DAGRAD_OPS_INDEXING_GATHER_GATHER_INTERNAL_H_
#define DAGRAD_OPS_INDEXING_GATHER_GATHER_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::gather_internal {

absl::Status MakeGatherKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeScatterAddKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples GatherSamples();
Samples ScatterAddSamples();

}  // namespace dagrad::ops::gather_internal

#endif  // DAGRAD_OPS_INDEXING_GATHER_GATHER_INTERNAL_H_
