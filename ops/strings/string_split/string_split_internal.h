#ifndef DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_INTERNAL_H_
#define DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::string_split_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeCountKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();
Samples MakeCountSamples();

}  // namespace dagrad::ops::string_split_internal

#endif  // DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_INTERNAL_H_
