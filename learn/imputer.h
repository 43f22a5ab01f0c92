#ifndef DAGRAD_LEARN_IMPUTER_H_
#define DAGRAD_LEARN_IMPUTER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::learn {

// Puts a number of its column in the place of each NaN, the same way for every table. Immutable;
// thread-safe.
class Imputer {
 public:
  // x [n, columns] (or [n] of one) in the same shape: float32 for float32, float64 for every other
  // dtype. InvalidArgument for another number of columns.
  absl::StatusOr<Tensor> Transform(const Tensor& x) const;
  const std::vector<double>& statistics() const { return statistics_; }  // by column
  Json ToJson() const;
  static absl::StatusOr<Imputer> FromJson(const Json& json);

 private:
  friend absl::StatusOr<Imputer> SimpleImputer(const Tensor&, const struct SimpleImputerOptions&);
  std::vector<double> statistics_;
};

struct SimpleImputerOptions {
  // "mean", "median", "most_frequent" (the least of several) of a column's numbers, or "constant".
  std::string strategy = "mean";
  double fill_value = 0;
};
// InvalidArgument for another strategy, and for a column without a number (which scikit-learn
// drops). Source: scikit-learn 1.9.
absl::StatusOr<Imputer> SimpleImputer(const Tensor& x, const SimpleImputerOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_IMPUTER_H_
