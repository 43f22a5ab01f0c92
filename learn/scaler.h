#ifndef DAGRAD_LEARN_SCALER_H_
#define DAGRAD_LEARN_SCALER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::learn {

// A change of scale of each column of a table, fitted to one table (the training part) and applied
// to any: y[i, j] = (x[i, j] - shift[j]) / scale[j] + offset[j], computed in float64. Immutable;
// thread-safe.
//
//   DAGRAD_ASSIGN_OR_RETURN(learn::Scaler scaler, learn::StandardScaler(x_train));
//   DAGRAD_ASSIGN_OR_RETURN(Tensor x, scaler.Transform(x_test));
//   DAGRAD_RETURN_IF_ERROR(scaler.Save("model/scaler.json"));
class Scaler {
 public:
  // x [n, columns] (or [n] of one) in the same shape: float32 for float32, float64 for every other
  // dtype; NaN stays. InvalidArgument for another number of columns.
  absl::StatusOr<Tensor> Transform(const Tensor& x) const;
  // The x that Transform gives y for; what was clipped stays so.
  absl::StatusOr<Tensor> InverseTransform(const Tensor& y) const;

  int64_t columns() const { return static_cast<int64_t>(shift_.size()); }
  const std::vector<double>& shift() const { return shift_; }
  const std::vector<double>& scale() const { return scale_; }
  const std::vector<double>& offset() const { return offset_; }

  // A file of JSON, which Load reads: in the folder of the model it belongs to it moves with that.
  absl::Status Save(const std::string& path) const;
  static absl::StatusOr<Scaler> Load(const std::string& path);
  Json ToJson() const;
  static absl::StatusOr<Scaler> FromJson(const Json& json);

 private:
  friend absl::StatusOr<Scaler> StandardScaler(const Tensor&, const struct StandardScalerOptions&);
  friend absl::StatusOr<Scaler> MinMaxScaler(const Tensor&, const struct MinMaxScalerOptions&);
  enum class Way { kForward, kBack };
  absl::StatusOr<Tensor> Apply(const Tensor& x, Way way) const;

  std::vector<double> shift_, scale_, offset_;
  std::vector<double> limits_;  // least and greatest of the results; none: not clipped
};

struct StandardScalerOptions {
  bool with_mean = true;
  bool with_std = true;
};
// To mean 0 and standard deviation 1 (that of a population: Σ (x - mean)² / n). NaN does not count;
// a constant column is divided by 1. InvalidArgument for a column without a number and for
// infinity. Source: scikit-learn 1.9.
absl::StatusOr<Scaler> StandardScaler(const Tensor& x, const StandardScalerOptions& options = {});

struct MinMaxScalerOptions {
  double feature_min = 0;  // scikit-learn's feature_range
  double feature_max = 1;
  bool clip = false;  // what lies outside of the range of the fitted table
};
// To least feature_min and greatest feature_max; the rest as StandardScaler.
absl::StatusOr<Scaler> MinMaxScaler(const Tensor& x, const MinMaxScalerOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_SCALER_H_
