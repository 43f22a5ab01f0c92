#ifndef DAGRAD_KERAS_METRICS_METRICS_H_
#define DAGRAD_KERAS_METRICS_METRICS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/keras/losses/losses.h"

namespace dagrad::keras {

// A metric by its name in Keras. A step function computes sums over its batch (accumulators); they
// are added up over the batches in double precision, and Result() makes the metric of them.
//
//   accuracy (acc)              binary_accuracy for an output of one column, whatever the loss;
//   else
//                               sparse_categorical_accuracy for class numbers, else
//                               categorical_accuracy
//   binary_accuracy             share of p > threshold (0.5) that equals y
//   categorical_accuracy        share of argmax p = argmax y
//   sparse_categorical_accuracy share of argmax p = y
//   precision, recall           tp / (tp + fp), tp / (tp + fn) at threshold 0.5; 0 where nothing
//                               counts
//   auc                         area under the ROC curve, by the trapezoidal rule over 200
//                               thresholds, as Keras, which clips p to [0, 1]
//   root_mean_squared_error     sqrt(mean (y - p)²) (rmse)
//   cosine_similarity           the mean of the normalised y · p, positive where they agree: the
//                               loss of this name has the other sign
//   any loss's name             the mean of that loss
//
// Sample weights count where they are given, as Keras's weighted_metrics.
class Metric {
 public:
  Metric(const char* name);         // NOLINT(google-explicit-constructor): .metrics = {"accuracy"}
  Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
  static Metric BinaryAccuracy(double threshold = 0.5);

  // As given: the key in History ("accuracy", "mae").
  const std::string& name() const { return name_; }
  absl::Status Validate() const;
  // "accuracy" made definite for an output of this type under this loss; any other metric as it is.
  Metric Resolve(const ValueType& output, const Loss& loss) const;
  // InvalidArgument where an output of this type with targets of this kind does not suit: metrics
  // of class numbers need these, others need targets as the output, or an output of one column.
  absl::Status CheckTarget(const ValueType& output, TargetKind kind) const;

  // Sums over the batch, each of the output's dtype. `weights` per example ([batch]) may be
  // invalid: all 1.
  std::vector<Value> Accumulate(Value target, Value prediction, Value weights) const;
  // From the summed accumulators, each flattened.
  double Result(absl::Span<const std::vector<double>> sums) const;

  Json ToJson() const;
  static absl::StatusOr<Metric> FromJson(const Json& json);

 private:
  std::string name_;  // as shown
  std::string kind_;  // Keras's long name of what is computed
  double threshold_ = 0.5;
};

// Names of metrics that are not losses, sorted.
std::vector<std::string> MetricNames();
// Other names of these: "acc", "rmse", …
std::vector<std::string> MetricAliases();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_METRICS_METRICS_H_
