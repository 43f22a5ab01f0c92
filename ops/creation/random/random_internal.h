#ifndef DAGRAD_OPS_CREATION_RANDOM_RANDOM_INTERNAL_H_
#define DAGRAD_OPS_CREATION_RANDOM_RANDOM_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::random_internal {

absl::Status MakeUniformKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeNormalKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeTruncatedNormalKernel(const runtime::KernelRequest& request,
                                       runtime::Kernel* kernel);

Samples MakeUniformSamples();
Samples MakeNormalSamples();
Samples MakeTruncatedNormalSamples();

}  // namespace dagrad::ops::random_internal

#endif  // DAGRAD_OPS_CREATION_RANDOM_RANDOM_INTERNAL_H_
