#ifndef DAGRAD_LEARN_REGRESSION_H_
#define DAGRAD_LEARN_REGRESSION_H_

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

// How far predicted numbers are off. Both tensors are of any dtype and have as many elements, which
// are compared one by one, [n] with [n, 1] too. InvalidArgument where they differ in number, and
// for none. Computed in float64. Thread-safe. Source: scikit-learn 1.9.
namespace dagrad::learn {

// Means over all elements of (y_pred - y_true)², of |y_pred - y_true|, and of that divided by
// |y_true|, by 2^-52 at least.
absl::StatusOr<double> MeanSquaredError(const Tensor& y_true, const Tensor& y_pred);
absl::StatusOr<double> MeanAbsoluteError(const Tensor& y_true, const Tensor& y_pred);
absl::StatusOr<double> MeanAbsolutePercentageError(const Tensor& y_true, const Tensor& y_pred);

// 1 - Σ (y_pred - y_true)² / Σ (y_true - mean)² of all elements as one column. Where y_true is
// constant 1 if all is right, else 0; NaN for a single element.
absl::StatusOr<double> R2Score(const Tensor& y_true, const Tensor& y_pred);

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_REGRESSION_H_
