#ifndef DAGRAD_OPS_INDEXING_TOP_K_TOP_K_INTERNAL_H_
#define DAGRAD_OPS_INDEXING_TOP_K_TOP_K_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::top_k_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::top_k_internal

#endif  // DAGRAD_OPS_INDEXING_TOP_K_TOP_K_INTERNAL_H_
