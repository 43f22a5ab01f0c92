#ifndef DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_INTERNAL_H_
#define DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::orthonormalize_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::orthonormalize_internal

#endif  // DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_INTERNAL_H_
