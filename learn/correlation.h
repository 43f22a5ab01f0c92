#ifndef DAGRAD_LEARN_CORRELATION_H_
#define DAGRAD_LEARN_CORRELATION_H_

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::learn {

// float64 [columns, columns]: element i, j is Pearson's correlation of columns i and j of x
// [n, columns], Σ (a - mean a)(b - mean b) / sqrt(Σ (a - mean a)² Σ (b - mean b)²) over the rows in
// which both are numbers; NaN where one of them is constant or there are less than two such rows.
// InvalidArgument for other ranks. Thread-safe. Source: DataFrame.corr of pandas.
absl::StatusOr<Tensor> CorrelationMatrix(const Tensor& x);

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_CORRELATION_H_
