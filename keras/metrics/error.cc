#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Means of losses, and what is made of them.
namespace dagrad::keras {
namespace {

class RootMeanSquaredErrorMetric : public Configured<RootMeanSquaredErrorMetric, MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "root_mean_squared_error";
  static constexpr const char* kAliases[] = {"RootMeanSquaredError", "rmse"};
  Direction direction() const override { return Direction::kDown; }
  bool reads_mask() const override { return false; }
  Value Values(Value y, Value p) const override { return Square(p - y); }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return Tensor::Scalar<double>(std::sqrt(MeanMetric::Result(sums).data<double>()[0]));
  }
};

class CosineSimilarityMetric : public Configured<CosineSimilarityMetric, MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "cosine_similarity";
  static constexpr const char* kAliases[] = {"CosineSimilarity"};
  Direction direction() const override { return Direction::kUp; }
  Value Values(Value y, Value p) const override {
    return Neg(Loss("cosine_similarity").PerExample(y, p));
  }
};

// Its class, in files too, is the loss's.
class MeanOfLoss : public MeanMetric {
 public:
  explicit MeanOfLoss(Loss loss) : loss_(std::move(loss)) {}
  absl::string_view class_name() const override { return loss_.name(); }
  Json Config() const override { return loss_.impl()->Config(); }
  absl::Status Validate() const override { return loss_.Validate(); }
  TargetKind target_kind() const override { return loss_.target_kind(); }
  Direction direction() const override { return Direction::kDown; }
  MetricPtr Resolve(const ValueType& /*output*/, const Loss& loss) const override {
    const bool dense =
        loss_.name() == "categorical_crossentropy" || loss_.name() == "binary_crossentropy";
    if (!dense || loss.target_kind() == TargetKind::kDense) return nullptr;
    return std::make_shared<MeanOfLoss>("sparse_categorical_crossentropy");
  }
  Value Values(Value y, Value p) const override { return loss_.PerExample(y, p); }
  // Over what the loss counts, in all batches.
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const Value losses = loss_.impl()->PerExample(y, p);
    if (!losses.valid()) return {losses};
    const Value counted = loss_.impl()->Valid(y, losses);
    if (!counted.valid()) return MeanMetric::Accumulate(y, p, weights);
    const Value w = WeightsLike(weights, losses) * Cast(counted, losses.dtype());
    return {ReduceSum(losses * w), ReduceSum(w)};
  }

 private:
  Loss loss_;
};

}  // namespace

MetricPtr metrics_internal::MeanOf(const Loss& loss) { return std::make_shared<MeanOfLoss>(loss); }

Metric metrics::RootMeanSquaredError(const std::string& name) {
  return Metric(std::make_shared<RootMeanSquaredErrorMetric>(), name);
}
Metric metrics::CosineSimilarity(const std::string& name) {
  return Metric(std::make_shared<CosineSimilarityMetric>(), name);
}

std::vector<MetricClass> metrics_internal::ErrorClasses() {
  return {RootMeanSquaredErrorMetric::Class(), CosineSimilarityMetric::Class()};
}

}  // namespace dagrad::keras
