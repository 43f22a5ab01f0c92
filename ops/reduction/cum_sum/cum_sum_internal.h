#ifndef DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_INTERNAL_H_
#define DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::cum_sum_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::cum_sum_internal

#endif  // DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_INTERNAL_H_
