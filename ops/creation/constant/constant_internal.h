#ifndef DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_INTERNAL_H_
#define DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::constant_internal {

absl::Status MakeConstantKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeFullKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeConstantSamples();
Samples MakeFullSamples();

}  // namespace dagrad::ops::constant_internal

#endif  // DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_INTERNAL_H_
