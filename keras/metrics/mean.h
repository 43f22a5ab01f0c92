#ifndef DAGRAD_KERAS_METRICS_MEAN_H_
#define DAGRAD_KERAS_METRICS_MEAN_H_

#include <utility>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/keras/metrics/metric.h"

namespace dagrad::keras {

// Weights per example, [batch], or none, shaped to multiply `like`, whose first dimension is the
// batch.
Value WeightsLike(Value weights, Value like);

// a / b; 0 where b is 0.
double Ratio(double a, double b);

// Base of the metrics that are a weighted mean of values: one per example and inner position.
class MeanMetric : public MetricImpl {
 public:
  virtual Value Values(Value target, Value prediction) const = 0;
  bool reads_mask() const override { return true; }
  std::vector<Value> Accumulate(Value target, Value prediction, Value weights) const override;
  Tensor Result(absl::Span<const Tensor> sums) const override;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_METRICS_MEAN_H_
