#ifndef DAGRAD_OPS_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_
#define DAGRAD_OPS_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::adam_update_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::adam_update_internal

#endif  // DAGRAD_OPS_ADAM_UPDATE_ADAM_UPDATE_INTERNAL_H_
