#ifndef DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_INTERNAL_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_INTERNAL_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::reduce_internal {

enum class Kind { kSum, kMean, kProd, kMax, kMin, kAny, kAll };

// Which axes of a tensor of `rank` the valid attribute `axes` reduces.
std::vector<bool> ReducedAxes(const std::vector<int64_t>& axes, int rank);

// x's shape with the reduced axes as 1.
Shape KeptShape(const Shape& x, const std::vector<int64_t>& axes);

template <Kind kind>
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

absl::Status SumGradient(GradContext& c);
absl::Status MeanGradient(GradContext& c);
absl::Status ProdGradient(GradContext& c);
absl::Status ExtremumGradient(GradContext& c);

Samples SumSamples();
Samples MeanSamples();
Samples ProdSamples();
Samples MaxSamples();
Samples MinSamples();
Samples AnySamples();
Samples AllSamples();

}  // namespace dagrad::ops::reduce_internal

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_INTERNAL_H_
