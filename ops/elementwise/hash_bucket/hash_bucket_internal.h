#ifndef DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_INTERNAL_H_

#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::hash_bucket_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::hash_bucket_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_HASH_BUCKET_HASH_BUCKET_INTERNAL_H_
