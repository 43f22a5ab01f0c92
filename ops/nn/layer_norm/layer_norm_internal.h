#ifndef DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_INTERNAL_H_
#define DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_INTERNAL_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::layer_norm_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);

Samples MakeSamples();
Samples MakeGradSamples();

// The shapes that belong to an x normalised from `axis` (counted from 0) on.
Shape RowShape(const Shape& x, int axis);         // of gamma and beta
Shape StatisticsShape(const Shape& x, int axis);  // of mean and inverse_stddev

// The axes of x's rows, `axis` counting from either end.
std::vector<int64_t> RowAxes(const Value& x, int64_t axis);
// n as a scalar of x's dtype; 1 for empty rows.
Value RowSize(const Value& x, int64_t axis);

// x seen as [rows, n].
struct Layout {
  int64_t rows = 1, n = 1;

  double count() const { return n > 0 ? static_cast<double>(n) : 1; }
};
Layout LayoutOf(const runtime::KernelRequest& request);

}  // namespace dagrad::ops::layer_norm_internal

#endif  // DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_INTERNAL_H_
