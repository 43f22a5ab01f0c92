#ifndef DAGRAD_OPS_RECURRENT_LSTM_LSTM_INTERNAL_H_
#define DAGRAD_OPS_RECURRENT_LSTM_LSTM_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad {
class GradContext;
}  // namespace dagrad

namespace dagrad::ops::lstm_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

absl::Status GradientOfGrad(GradContext& c);  // LstmGrad's

Samples MakeSamples();
Samples MakeGradSamples();

// Ports of LstmGrad.
enum GradInput { kX, kRecurrentKernel, kH0, kC0, kH, kC, kGates, kDh, kDc, kDGates, kMask };
enum GradOutput { kDz, kDKernel, kDRecurrentKernel, kDBias, kDh0, kDc0 };

}  // namespace dagrad::ops::lstm_internal

#endif  // DAGRAD_OPS_RECURRENT_LSTM_LSTM_INTERNAL_H_
