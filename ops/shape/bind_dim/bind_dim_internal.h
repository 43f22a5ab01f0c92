#ifndef DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::bind_dim_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::bind_dim_internal

#endif  // DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_INTERNAL_H_
