#ifndef DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_INTERNAL_H_
#define DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_INTERNAL_H_

#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::cross_entropy_internal {

// `shape` without its last axis.
Shape WithoutLast(const Shape& shape);
// Logits that are no scalar fail with c1 otherwise.
absl::Status CheckLogits(const Shape& logits, absl::string_view c1);
// `actual` equals `expected`, else fails with `label`, naming both.
absl::Status CheckShape(absl::string_view what, const Shape& actual, const Shape& expected,
                        absl::string_view label);
OpCost SoftmaxCost(const CostContext& c);

absl::Status MakeDenseKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeDenseGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeSparseKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeSparseGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeSigmoidKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

Samples MakeDenseSamples();
Samples MakeDenseGradSamples();
Samples MakeSparseSamples();
Samples MakeSparseGradSamples();
Samples MakeSigmoidSamples();

}  // namespace dagrad::ops::cross_entropy_internal

#endif  // DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_INTERNAL_H_
