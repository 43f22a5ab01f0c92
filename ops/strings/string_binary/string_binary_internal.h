#ifndef DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_INTERNAL_H_
#define DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::string_binary_internal {

absl::Status MakeConcatKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeEqualKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeConcatSamples();
Samples MakeEqualSamples();

}  // namespace dagrad::ops::string_binary_internal

#endif  // DAGRAD_OPS_STRINGS_STRING_BINARY_STRING_BINARY_INTERNAL_H_
