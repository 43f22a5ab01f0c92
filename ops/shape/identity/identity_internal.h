#ifndef DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_INTERNAL_H_
#define DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::identity_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::identity_internal

#endif  // DAGRAD_OPS_SHAPE_IDENTITY_IDENTITY_INTERNAL_H_
