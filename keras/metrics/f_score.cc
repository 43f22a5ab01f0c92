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
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Harmonic means of precision and recall.
namespace dagrad::keras {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras's backend epsilon

struct ScoreOptions {
  std::string average;  // "": of each class
  double beta = 1;
  std::optional<double> threshold;
};

// tp, fp, fn and the truth, a vector of all classes each.
template <typename T>
class ScoreMetric : public Configured<T, MetricImpl, ScoreOptions> {
 public:
  using Base = Configured<T, MetricImpl, ScoreOptions>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  absl::Status Validate() const override {
    const ScoreOptions& o = this->options();
    if (!o.average.empty() && o.average != "micro" && o.average != "macro" &&
        o.average != "weighted") {
      return InvalidArgumentError(
          absl::StrCat("average must be micro, macro or weighted, not \"", o.average, "\""));
    }
    if (!(o.beta > 0 && std::isfinite(o.beta)))
      return InvalidArgumentError(absl::StrCat("beta must be positive, not ", o.beta));
    if (o.threshold.has_value() && !(*o.threshold > 0 && *o.threshold <= 1))
      return InvalidArgumentError(absl::StrCat("threshold must be in (0, 1], not ", *o.threshold));
    return absl::OkStatus();
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    if (p.rank() != 2) {
      return {p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(T::kName, " takes an output [batch, n], not ", p.type().ToString())))};
    }
    const Value predicted = Cast(Predicted(p), p.dtype());
    const Value w = WeightsLike(weights, p);
    const ReduceOptions over = {.axes = {0}};
    return {ReduceSum(w * predicted * y, over), ReduceSum(w * predicted * (1.0 - y), over),
            ReduceSum(w * (1.0 - predicted) * y, over), ReduceSum(w * y, over)};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    const std::string& average = this->options().average;
    const int64_t classes = sums[0].num_elements();
    if (average == "micro") {
      double all[3] = {0, 0, 0};
      for (int i = 0; i < 3; ++i) {
        for (const double v : sums[i].data<double>()) all[i] += v;
      }
      return Tensor::Scalar<double>(Score(all[0], all[1], all[2]));
    }
    Tensor scores = Tensor::Full(DType::kFloat64, sums[0].dims(), 0);
    double sum = 0, weighted = 0, support = 0;
    for (int64_t i = 0; i < classes; ++i) {
      const double score =
          Score(sums[0].data<double>()[i], sums[1].data<double>()[i], sums[2].data<double>()[i]);
      scores.mutable_data<double>()[i] = score;
      sum += score;
      weighted += score * sums[3].data<double>()[i];
      support += sums[3].data<double>()[i];
    }
    if (average.empty()) return scores;
    return Tensor::Scalar<double>(average == "macro" ? sum / static_cast<double>(classes)
                                                     : weighted / (support + kEpsilon));
  }

 private:
  // What is above the threshold; without one the largest of each row, unless that is 0.
  Value Predicted(Value p) const {
    if (this->options().threshold.has_value()) return Greater(p, *this->options().threshold);
    const Value largest = ReduceMax(p, {.axes = {-1}, .keepdims = true});
    return LogicalAnd(GreaterEqual(p, largest), Greater(Abs(p), 1e-9));
  }
  double Score(double tp, double fp, double fn) const {
    const double precision = tp / (tp + fp + kEpsilon), recall = tp / (tp + fn + kEpsilon);
    const double square = this->options().beta * this->options().beta;
    return (1 + square) * precision * recall / (square * precision + recall + kEpsilon);
  }
};

struct F1Metric : public ScoreMetric<F1Metric> {
  using ScoreMetric::ScoreMetric;
  static constexpr const char* kName = "f1_score";
  static constexpr const char* kAliases[] = {"F1Score"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("average", o.average);
    visit("threshold", o.threshold);
  }
};
struct FBetaMetric : public ScoreMetric<FBetaMetric> {
  using ScoreMetric::ScoreMetric;
  static constexpr const char* kName = "fbeta_score";
  static constexpr const char* kAliases[] = {"FBetaScore", "f_beta_score"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("average", o.average);
    visit("beta", o.beta);
    visit("threshold", o.threshold);
  }
};

}  // namespace

Metric metrics::F1Score(const F1Options& o) {
  return Metric(std::make_shared<F1Metric>(ScoreOptions{o.average, 1, o.threshold}), o.name);
}
Metric metrics::FBetaScore(const FBetaOptions& o) {
  return Metric(std::make_shared<FBetaMetric>(ScoreOptions{o.average, o.beta, o.threshold}),
                o.name);
}

std::vector<MetricClass> metrics_internal::ScoreClasses() {
  return {F1Metric::Class(), FBetaMetric::Class()};
}

}  // namespace dagrad::keras
