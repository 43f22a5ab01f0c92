#ifndef DAGRAD_OPS_CONTROL_WHILE_WHILE_INTERNAL_H_
#define DAGRAD_OPS_CONTROL_WHILE_WHILE_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::while_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::while_internal

#endif  // DAGRAD_OPS_CONTROL_WHILE_WHILE_INTERNAL_H_
