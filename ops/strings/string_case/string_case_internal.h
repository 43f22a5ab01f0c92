#ifndef DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_INTERNAL_H_
#define DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::string_case_internal {

absl::Status MakeCaseKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeIsInKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeCaseSamples();
Samples MakeIsInSamples();

}  // namespace dagrad::ops::string_case_internal

#endif  // DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_INTERNAL_H_
