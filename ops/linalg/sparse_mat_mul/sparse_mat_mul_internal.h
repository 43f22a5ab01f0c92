#ifndef DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_INTERNAL_H_
#define DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_INTERNAL_H_

#include "absl/status/status.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::sparse_mat_mul_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples();

}  // namespace dagrad::ops::sparse_mat_mul_internal

#endif  // DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_INTERNAL_H_
