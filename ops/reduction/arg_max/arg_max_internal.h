#ifndef DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_INTERNAL_H_
#define DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::arg_max_internal {

absl::Status MakeMaxKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeMinKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MaxSamples();
Samples MinSamples();

}  // namespace dagrad::ops::arg_max_internal

#endif  // DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_INTERNAL_H_
