#ifndef DAGRAD_OPS_SHAPE_SIZE_SIZE_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_SIZE_SIZE_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::size_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::size_internal

#endif  // DAGRAD_OPS_SHAPE_SIZE_SIZE_INTERNAL_H_
