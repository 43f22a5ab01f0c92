#ifndef DAGRAD_OPS_SHAPE_SLICE_SLICE_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_SLICE_SLICE_INTERNAL_H_

#include <cstdint>
#include <vector>

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::slice_internal {

absl::Status MakeSliceKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeSliceGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples SliceSamples();
Samples SliceGradSamples();

}  // namespace dagrad::ops::slice_internal

#endif  // DAGRAD_OPS_SHAPE_SLICE_SLICE_INTERNAL_H_
