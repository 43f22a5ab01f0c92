#ifndef DAGRAD_OPS_CONTROL_SCAN_SCAN_INTERNAL_H_
#define DAGRAD_OPS_CONTROL_SCAN_SCAN_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::scan_internal {

absl::Status Gradient(GradContext& c);
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::scan_internal

#endif  // DAGRAD_OPS_CONTROL_SCAN_SCAN_INTERNAL_H_
