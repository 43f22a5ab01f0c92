#ifndef DAGRAD_OPS_SHAPE_PAD_PAD_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_PAD_PAD_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::pad_internal {

// "" if an axis of `dim` elements can be padded so, else what is wrong with it.
std::string AxisProblem(absl::string_view mode, int64_t dim, int64_t low, int64_t high);

absl::Status MakePadKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakePadGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples PadSamples();
Samples PadGradSamples();

}  // namespace dagrad::ops::pad_internal

#endif  // DAGRAD_OPS_SHAPE_PAD_PAD_INTERNAL_H_
