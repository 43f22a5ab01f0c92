#ifndef DAGRAD_OPS_NN_DROPOUT_DROPOUT_INTERNAL_H_
#define DAGRAD_OPS_NN_DROPOUT_DROPOUT_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::dropout_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::dropout_internal

#endif  // DAGRAD_OPS_NN_DROPOUT_DROPOUT_INTERNAL_H_
