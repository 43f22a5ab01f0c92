#ifndef DAGRAD_OPS_CREATION_IOTA_IOTA_INTERNAL_H_
#define DAGRAD_OPS_CREATION_IOTA_IOTA_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::iota_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::iota_internal

#endif  // DAGRAD_OPS_CREATION_IOTA_IOTA_INTERNAL_H_
