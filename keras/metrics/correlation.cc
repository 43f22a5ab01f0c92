#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// How well predictions go along with targets.
namespace dagrad::keras {
namespace {

struct AxisOption {
  int64_t axis = -1;
};

template <typename T>
class CorrelationMetric : public Configured<T, MeanMetric, AxisOption> {
 public:
  using Base = Configured<T, MeanMetric, AxisOption>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("axis", o.axis);
  }
  absl::Status Validate() const override {
    if (this->options().axis != 0) return absl::OkStatus();
    return InvalidArgumentError("axis must not be that of the batch, 0");
  }

 protected:
  Value Mean(Value x) const {
    return ReduceMean(x, {.axes = {this->options().axis}, .keepdims = true});
  }
  Value Variance(Value x) const { return Mean(Square(x - Mean(x))); }
  Value Final(Value x) const { return ReduceMean(x, {.axes = {this->options().axis}}); }
};

class PearsonMetric : public CorrelationMetric<PearsonMetric> {
 public:
  using CorrelationMetric::CorrelationMetric;
  static constexpr const char* kName = "pearson_correlation";
  static constexpr const char* kAliases[] = {"PearsonCorrelation"};
  Value Values(Value y, Value p) const override {
    return Final((y - Mean(y)) / Sqrt(Variance(y)) * ((p - Mean(p)) / Sqrt(Variance(p))));
  }
};

class ConcordanceMetric : public CorrelationMetric<ConcordanceMetric> {
 public:
  using CorrelationMetric::CorrelationMetric;
  static constexpr const char* kName = "concordance_correlation";
  static constexpr const char* kAliases[] = {"ConcordanceCorrelation"};
  Value Values(Value y, Value p) const override {
    const Value covariance = (y - Mean(p)) * (p - Mean(p));
    const Value norm = Variance(y) + Variance(p) + Square(Mean(y) - Mean(p));
    return Final(covariance * 2.0 / (norm + 1e-7));
  }
};

struct R2Fields {
  std::optional<std::string> class_aggregation = "uniform_average";
  int64_t num_regressors = 0;
};

// Of each column Σ w y, Σ w y², Σ w (y - p)² and Σ w; and how many numbers there are.
class R2Metric : public Configured<R2Metric, MetricImpl, R2Fields> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "r2_score";
  static constexpr const char* kAliases[] = {"R2Score"};
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("class_aggregation", o.class_aggregation);
    visit("num_regressors", o.num_regressors);
  }
  absl::Status Validate() const override {
    const std::string by = options().class_aggregation.value_or("uniform_average");
    if (by != "uniform_average" && by != "variance_weighted_average") {
      return InvalidArgumentError(absl::StrCat(
          "class_aggregation must be uniform_average or variance_weighted_average, not \"", by,
          "\""));
    }
    if (options().num_regressors >= 0) return absl::OkStatus();
    return InvalidArgumentError("num_regressors must not be negative");
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    if (p.rank() != 2) {
      return {p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(kName, " takes an output [batch, n], not ", p.type().ToString())))};
    }
    const Value w = WeightsLike(weights, p);
    const ReduceOptions over = {.axes = {0}};
    return {ReduceSum(y * w, over), ReduceSum(y * y * w, over), ReduceSum(Square(y - p) * w, over),
            ReduceSum(w, over), ReduceSum(OnesLike(y))};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    Tensor scores = Tensor::Full(DType::kFloat64, sums[0].dims(), 0);
    double sum = 0, weighted = 0, all = 0;
    for (int64_t i = 0; i < scores.num_elements(); ++i) {
      const double y = sums[0].data<double>()[i];
      const double total = sums[1].data<double>()[i] - y * y / sums[3].data<double>()[i];
      double score = 1 - sums[2].data<double>()[i] / total;
      if (std::isinf(score)) score = 0;
      scores.mutable_data<double>()[i] = score;
      sum += score;
      weighted += total * score;
      all += total;
    }
    const double count = sums[4].data<double>()[0];
    const auto columns = static_cast<double>(scores.num_elements());
    if (!options().class_aggregation.has_value()) {
      for (double& score : scores.mutable_data<double>()) score = Adjusted(score, count);
      return scores;
    }
    const bool uniform = *options().class_aggregation == "uniform_average";
    return Tensor::Scalar<double>(Adjusted(uniform ? sum / columns : weighted / all, count));
  }

 private:
  // For the number of regressors, where there are examples enough.
  double Adjusted(double score, double count) const {
    const auto p = static_cast<double>(options().num_regressors);
    if (p == 0 || p >= count - 1) return score;
    return 1 - (1 - score) * (count - 1) / (count - p - 1);
  }
};

}  // namespace

Metric metrics::PearsonCorrelation(const AxisOptions& o) {
  return Metric(std::make_shared<PearsonMetric>(AxisOption{o.axis}), o.name);
}
Metric metrics::ConcordanceCorrelation(const AxisOptions& o) {
  return Metric(std::make_shared<ConcordanceMetric>(AxisOption{o.axis}), o.name);
}
Metric metrics::R2Score(const R2Options& o) {
  return Metric(std::make_shared<R2Metric>(R2Fields{o.class_aggregation, o.num_regressors}),
                o.name);
}

std::vector<MetricClass> metrics_internal::CorrelationClasses() {
  return {PearsonMetric::Class(), ConcordanceMetric::Class(), R2Metric::Class()};
}

}  // namespace dagrad::keras
