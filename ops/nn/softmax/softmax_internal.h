#ifndef DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_INTERNAL_H_
#define DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::softmax_internal {

absl::Status MakeSoftmaxKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeLogSoftmaxKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

Samples MakeSoftmaxSamples();
Samples MakeLogSoftmaxSamples();

}  // namespace dagrad::ops::softmax_internal

#endif  // DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_INTERNAL_H_
