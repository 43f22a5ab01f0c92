#ifndef DAGRAD_OPS_RECURRENT_GRU_GRU_INTERNAL_H_
#define DAGRAD_OPS_RECURRENT_GRU_GRU_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad {
class GradContext;
}  // namespace dagrad

namespace dagrad::ops::gru_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

absl::Status GradientOfGrad(GradContext& c);  // GruGrad's

Samples MakeSamples();
Samples MakeGradSamples();

// Ports of GruGrad.
enum GradInput { kX, kRecurrentKernel, kH0, kH, kGates, kInner, kDh, kDGates, kDInner };
enum GradOutput { kDs, kDu, kDKernel, kDRecurrentKernel, kDBias, kDh0 };  // kDu: du[n]

}  // namespace dagrad::ops::gru_internal

#endif  // DAGRAD_OPS_RECURRENT_GRU_GRU_INTERNAL_H_
