#include "dagrad/learn/regression.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::learn {
namespace {

// The mean of `term` of each element of both.
template <typename Term>
absl::StatusOr<double> MeanOf(const Tensor& y_true, const Tensor& y_pred, const Term& term) {
  const int64_t n = y_true.num_elements();
  if (n != y_pred.num_elements() || n == 0) {
    return InvalidArgumentError(absl::StrCat("y_true has ", n, " numbers and y_pred ",
                                             y_pred.num_elements(),
                                             ": both must have as many, at least one"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide_true, y_true.Cast(DType::kFloat64));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide_pred, y_pred.Cast(DType::kFloat64));
  double sum = 0;
  for (int64_t i = 0; i < n; ++i)
    sum += term(wide_true.data<double>()[i], wide_pred.data<double>()[i]);
  return sum / static_cast<double>(n);
}

}  // namespace

absl::StatusOr<double> MeanSquaredError(const Tensor& y_true, const Tensor& y_pred) {
  return MeanOf(y_true, y_pred, [](double y, double p) { return (p - y) * (p - y); });
}

absl::StatusOr<double> MeanAbsoluteError(const Tensor& y_true, const Tensor& y_pred) {
  return MeanOf(y_true, y_pred, [](double y, double p) { return std::abs(p - y); });
}

absl::StatusOr<double> MeanAbsolutePercentageError(const Tensor& y_true, const Tensor& y_pred) {
  return MeanOf(y_true, y_pred, [](double y, double p) {
    return std::abs(p - y) / std::max(std::abs(y), std::numeric_limits<double>::epsilon());
  });
}

absl::StatusOr<double> R2Score(const Tensor& y_true, const Tensor& y_pred) {
  DAGRAD_ASSIGN_OR_RETURN(const double left, MeanSquaredError(y_true, y_pred));
  DAGRAD_ASSIGN_OR_RETURN(const double mean,
                          MeanOf(y_true, y_true, [](double y, double) { return y; }));
  DAGRAD_ASSIGN_OR_RETURN(const double all, MeanOf(y_true, y_true, [mean](double y, double) {
                            return (y - mean) * (y - mean);
                          }));
  if (y_true.num_elements() < 2) return std::numeric_limits<double>::quiet_NaN();
  // The mean of equal numbers may be rounded to another number.
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, y_true.Cast(DType::kFloat64));
  const auto values = wide.data<double>();
  const bool constant =
      std::all_of(values.begin(), values.end(), [&](double y) { return y == values[0]; });
  if (constant || all == 0) return left == 0 ? 1.0 : 0.0;
  return 1 - left / all;
}

}  // namespace dagrad::learn
