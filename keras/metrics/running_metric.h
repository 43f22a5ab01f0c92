#ifndef DAGRAD_KERAS_METRICS_RUNNING_METRIC_H_
#define DAGRAD_KERAS_METRICS_RUNNING_METRIC_H_

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/metrics/metric.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::keras {

// A metric by itself, without a model, over as many batches as are given: what Keras's
// update_state, result and reset_state do.
//
//   RunningMetric auc(metrics::AUC());
//   OrExit(auc.UpdateState(y_true, y_pred));
//   std::cout << OrExit(auc.Result()).data<double>()[0];
//
// Of a loss it is the mean: RunningMetric("mse"). Moves only. Not thread-safe.
class RunningMetric {
 public:
  explicit RunningMetric(Metric metric) : metric_(std::move(metric)) {}

  // Adds a batch. `y_pred` [batch, …] is taken as float32, float64 as it is; `y_true` is shaped as
  // y_pred, or has class numbers, [batch, …] without the last axis of y_pred. A vector of
  // predictions is one column. `sample_weight` is [batch]; without it 1 each. "accuracy" is made
  // definite by the first batch, as a model makes it by its output and loss.
  //
  // InvalidArgument for an unknown metric, shapes that do not go together, no examples, and other
  // shapes than those of the first batch; an error changes nothing.
  absl::Status UpdateState(const Tensor& y_true, const Tensor& y_pred,
                           const Tensor& sample_weight = {});
  // Of all batches: float64, a scalar for most. FailedPrecondition if there was none.
  absl::StatusOr<Tensor> Result() const;
  // Forgets all batches, not their shapes.
  void ResetState() { sums_.clear(); }

  const Metric& metric() const { return metric_; }

 private:
  // What the batches are; made of the first one.
  struct Types {
    ValueType target, prediction, weight;
  };
  absl::StatusOr<Types> TypesOf(const Tensor& y_true, const Tensor& y_pred) const;
  absl::StatusOr<const Executable*> SumsOfBatch(const Types& types, bool weighted);

  Metric metric_;
  std::optional<Types> types_;
  std::map<bool, std::unique_ptr<Executable>> sums_of_batch_;  // by whether it takes weights
  std::vector<Tensor> sums_;                                   // float64; none: no batch yet
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_METRICS_RUNNING_METRIC_H_
