#ifndef DAGRAD_OPS_NN_GELU_GELU_INTERNAL_H_
#define DAGRAD_OPS_NN_GELU_GELU_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::gelu_internal {

// The values of attribute "approximate".
inline constexpr char kNone[] = "none";
inline constexpr char kTanh[] = "tanh";

inline constexpr double kRootTwoOverPi = 0.7978845608028654;  // √(2/π)
inline constexpr double kCubic = 0.044715;

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

Samples MakeSamples();
Samples MakeGradSamples();

}  // namespace dagrad::ops::gelu_internal

#endif  // DAGRAD_OPS_NN_GELU_GELU_INTERNAL_H_
