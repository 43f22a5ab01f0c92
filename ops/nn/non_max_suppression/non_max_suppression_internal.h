#ifndef DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_INTERNAL_H_
#define DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::non_max_suppression_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::non_max_suppression_internal

#endif  // DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_INTERNAL_H_
