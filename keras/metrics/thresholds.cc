#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/metrics/confusion_counts.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Metrics of what is predicted at thresholds.
namespace dagrad::keras {
namespace {

using metrics_internal::Choose;
using metrics_internal::Chosen;
using metrics_internal::Counts;
using metrics_internal::CountsAt;

absl::Status CheckThresholds(const std::vector<double>& thresholds) {
  for (const double t : thresholds) {
    if (!(t >= 0 && t <= 1))
      return InvalidArgumentError(absl::StrCat("thresholds must be in [0, 1], not ", t));
  }
  return absl::OkStatus();
}

struct ChoiceOptions {
  std::vector<double> thresholds;
  std::optional<int64_t> top_k, class_id;
};

// tp, fp and fn: a scalar each for one threshold, else vectors.
template <typename T>
class ShareMetric : public Configured<T, MetricImpl, ChoiceOptions> {
 public:
  using Base = Configured<T, MetricImpl, ChoiceOptions>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("thresholds", o.thresholds);
    visit("top_k", o.top_k);
    visit("class_id", o.class_id);
  }
  absl::Status Validate() const override {
    DAGRAD_RETURN_IF_ERROR(metrics_internal::CheckChoice(options().top_k, options().class_id));
    return CheckThresholds(options().thresholds);
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    std::vector<double> thresholds = options().thresholds;
    if (thresholds.empty())
      thresholds = {options().top_k.has_value() ? metrics_internal::kBelowAll : 0.5};
    const Chosen chosen = Choose(y, p, options().top_k, options().class_id);
    if (!chosen.p.valid()) return {chosen.p};
    const Counts c = CountsAt(chosen.y, chosen.p, weights, thresholds);
    return {c.true_positives, c.false_positives, c.false_negatives};
  }

 protected:
  const ChoiceOptions& options() const { return Base::options(); }
  // a / (a + b), element by element.
  static Tensor Share(const Tensor& a, const Tensor& b) {
    Tensor share = Tensor::Full(DType::kFloat64, a.dims(), 0);
    for (int64_t i = 0; i < a.num_elements(); ++i) {
      const double x = a.data<double>()[i];
      share.mutable_data<double>()[i] = Ratio(x, x + b.data<double>()[i]);
    }
    return share;
  }
};

class PrecisionMetric : public ShareMetric<PrecisionMetric> {
 public:
  using ShareMetric::ShareMetric;
  static constexpr const char* kName = "precision";
  static constexpr const char* kAliases[] = {"Precision"};
  Tensor Result(absl::Span<const Tensor> sums) const override { return Share(sums[0], sums[1]); }
};

class RecallMetric : public ShareMetric<RecallMetric> {
 public:
  using ShareMetric::ShareMetric;
  static constexpr const char* kName = "recall";
  static constexpr const char* kAliases[] = {"Recall"};
  Tensor Result(absl::Span<const Tensor> sums) const override { return Share(sums[0], sums[2]); }
};

struct ThresholdList {
  std::vector<double> thresholds;
};

// One of the four counts.
template <typename T>
class CountMetric : public Configured<T, MetricImpl, ThresholdList> {
 public:
  using Base = Configured<T, MetricImpl, ThresholdList>;
  using Base::Base;
  Direction direction() const override { return T::kRight ? Direction::kUp : Direction::kDown; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("thresholds", o.thresholds);
  }
  absl::Status Validate() const override { return CheckThresholds(this->options().thresholds); }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    std::vector<double> thresholds = this->options().thresholds;
    if (thresholds.empty()) thresholds = {0.5};
    const Counts c = CountsAt(y, p, weights, thresholds);
    if (T::kPositive) return {T::kRight ? c.true_positives : c.false_positives};
    if (!T::kRight) return {c.false_negatives};
    // What is not predicted: all negatives but the false positives.
    const Value negative = Cast(Equal(y, 0.0), p.dtype());
    return {ReduceSum(WeightsLike(weights, p) * negative) - c.false_positives};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override { return sums[0]; }
};

struct TruePositivesMetric : public CountMetric<TruePositivesMetric> {
  using CountMetric::CountMetric;
  static constexpr const char* kName = "true_positives";
  static constexpr const char* kAliases[] = {"TruePositives"};
  static constexpr bool kRight = true, kPositive = true;
};
struct TrueNegativesMetric : public CountMetric<TrueNegativesMetric> {
  using CountMetric::CountMetric;
  static constexpr const char* kName = "true_negatives";
  static constexpr const char* kAliases[] = {"TrueNegatives"};
  static constexpr bool kRight = true, kPositive = false;
};
struct FalsePositivesMetric : public CountMetric<FalsePositivesMetric> {
  using CountMetric::CountMetric;
  static constexpr const char* kName = "false_positives";
  static constexpr const char* kAliases[] = {"FalsePositives"};
  static constexpr bool kRight = false, kPositive = true;
};
struct FalseNegativesMetric : public CountMetric<FalseNegativesMetric> {
  using CountMetric::CountMetric;
  static constexpr const char* kName = "false_negatives";
  static constexpr const char* kAliases[] = {"FalseNegatives"};
  static constexpr bool kRight = false, kPositive = false;
};

template <typename T>
Metric MakeCount(const metrics::CountOptions& o) {
  return Metric(std::make_shared<T>(ThresholdList{o.thresholds}), o.name);
}

}  // namespace

Metric metrics::Precision(const ThresholdsOptions& o) {
  return Metric(std::make_shared<PrecisionMetric>(ChoiceOptions{o.thresholds, o.top_k, o.class_id}),
                o.name);
}
Metric metrics::Recall(const ThresholdsOptions& o) {
  return Metric(std::make_shared<RecallMetric>(ChoiceOptions{o.thresholds, o.top_k, o.class_id}),
                o.name);
}
Metric metrics::TruePositives(const CountOptions& o) { return MakeCount<TruePositivesMetric>(o); }
Metric metrics::TrueNegatives(const CountOptions& o) { return MakeCount<TrueNegativesMetric>(o); }
Metric metrics::FalsePositives(const CountOptions& o) { return MakeCount<FalsePositivesMetric>(o); }
Metric metrics::FalseNegatives(const CountOptions& o) { return MakeCount<FalseNegativesMetric>(o); }

std::vector<MetricClass> metrics_internal::ThresholdClasses() {
  return {PrecisionMetric::Class(),      RecallMetric::Class(),
          TruePositivesMetric::Class(),  TrueNegativesMetric::Class(),
          FalsePositivesMetric::Class(), FalseNegativesMetric::Class()};
}

}  // namespace dagrad::keras
