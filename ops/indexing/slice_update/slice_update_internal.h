#ifndef DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_INTERNAL_H_
#define DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::slice_update_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::slice_update_internal

#endif  // DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_INTERNAL_H_
