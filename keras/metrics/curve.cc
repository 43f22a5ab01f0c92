#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/keras/metrics/confusion_counts.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/shape/slice/slice.h"

// Metrics of the curves that what is predicted runs through as the threshold rises.
namespace dagrad::keras {
namespace {

using metrics_internal::Chosen;
using metrics_internal::CountsOfCurve;
using metrics_internal::CurveCounts;

constexpr int64_t kMostThresholds = 100'000;

// A curve: true and false positives for each threshold, and all positives and negatives.
struct Curve {
  absl::Span<const double> tp, fp;
  double positives, negatives;

  explicit Curve(absl::Span<const Tensor> sums)
      : tp(sums[0].data<double>()),
        fp(sums[1].data<double>()),
        positives(sums[2].data<double>()[0]),
        negatives(sums[3].data<double>()[0]) {}
  double Recall(size_t i) const { return Ratio(tp[i], positives); }
  double Precision(size_t i) const { return Ratio(tp[i], tp[i] + fp[i]); }
  double FalseShare(size_t i) const { return Ratio(fp[i], negatives); }
  double Specificity(size_t i) const { return Ratio(negatives - fp[i], negatives); }
};

void Append(const CurveCounts& c, std::vector<Value>* sums) {
  for (const Value v : {c.true_positives, c.false_positives, c.positives, c.negatives})
    sums->push_back(v);
}

struct AreaOptions {
  int64_t num_thresholds = 200;
  std::string curve = "ROC";
  std::string summation_method = "interpolation";
  std::vector<double> thresholds;
  bool multi_label = false;
  std::optional<int64_t> num_labels;
  std::vector<double> label_weights;
  bool from_logits = false;
};

// Four sums for the curve, or for that of each label.
class AucMetric : public Configured<AucMetric, MetricImpl, AreaOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "auc";
  static constexpr const char* kAliases[] = {"AUC"};
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_thresholds", o.num_thresholds);
    visit("curve", o.curve);
    visit("summation_method", o.summation_method);
    visit("thresholds", o.thresholds);
    visit("multi_label", o.multi_label);
    visit("num_labels", o.num_labels);
    visit("label_weights", o.label_weights);
    visit("from_logits", o.from_logits);
  }
  absl::Status Validate() const override {
    const AreaOptions& o = options();
    if (o.num_thresholds < 2 || o.num_thresholds > kMostThresholds) {
      return InvalidArgumentError(absl::StrCat("num_thresholds must be in [2, ", kMostThresholds,
                                               "], not ", o.num_thresholds));
    }
    if (o.curve != "ROC" && o.curve != "PR")
      return InvalidArgumentError(absl::StrCat("curve must be ROC or PR, not \"", o.curve, "\""));
    if (o.summation_method != "interpolation" && o.summation_method != "minoring" &&
        o.summation_method != "majoring") {
      return InvalidArgumentError(
          absl::StrCat("summation_method must be interpolation, minoring or majoring, not \"",
                       o.summation_method, "\""));
    }
    if (o.num_labels.has_value() && !o.multi_label)
      return InvalidArgumentError("num_labels has no effect without multi_label");
    return absl::OkStatus();
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const AreaOptions& o = options();
    if (o.from_logits) p = Sigmoid(p);
    std::vector<Value> sums;
    if (!o.multi_label) {
      if (!o.label_weights.empty()) {
        const auto count = static_cast<int64_t>(o.label_weights.size());
        if (p.rank() != 2 || p.dim(1) != Dim(count)) {
          return {p.builder()->Fail(
              InvalidArgumentError(absl::StrCat("auc with ", count, " label_weights takes [batch, ",
                                                count, "], not ", p.type().ToString())))};
        }
        weights = losses_internal::TimesRow(WeightsLike(weights, p), o.label_weights);
      }
      Append(Counted(y, p, weights), &sums);
      return sums;
    }
    if (p.rank() != 2 || !p.dim(1).is_known() ||
        (o.num_labels.has_value() && p.dim(1) != Dim(*o.num_labels))) {
      return {p.builder()->Fail(InvalidArgumentError(absl::StrCat(
          "with multi_label auc takes [batch, num_labels], not ", p.type().ToString())))};
    }
    for (int64_t i = 0; i < p.dim(1).value(); ++i) {
      const Chosen label = metrics_internal::Choose(y, p, std::nullopt, i);
      Append(Counted(label.y, label.p, weights), &sums);
    }
    return sums;
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    const std::vector<double>& given = options().label_weights;
    double area = 0, weights = 0;
    for (size_t i = 0; i + 4 <= sums.size(); i += 4) {
      const bool weighted = options().multi_label && i / 4 < given.size();
      const double weight = weighted ? given[i / 4] : 1;
      area += weight * AreaOf(Curve(sums.subspan(i, 4)));
      weights += weight;
    }
    return Tensor::Scalar<double>(Ratio(area, weights));
  }

 private:
  CurveCounts Counted(Value y, Value p, Value weights) const {
    if (options().thresholds.empty())
      return CountsOfCurve(y, p, weights, options().num_thresholds, true);
    return CountsOfCurve(y, p, weights, options().thresholds);
  }

  double AreaOf(const Curve& c) const {
    const bool roc = options().curve == "ROC";
    if (!roc && options().summation_method == "interpolation") return InterpolatedPrArea(c);
    double area = 0;
    for (size_t i = 0; i + 1 < c.tp.size(); ++i) {
      const double width =
          roc ? c.FalseShare(i) - c.FalseShare(i + 1) : c.Recall(i) - c.Recall(i + 1);
      const double a = roc ? c.Recall(i) : c.Precision(i);
      const double b = roc ? c.Recall(i + 1) : c.Precision(i + 1);
      area += width * Height(a, b);
    }
    return area;
  }
  double Height(double a, double b) const {
    if (options().summation_method == "minoring") return std::min(a, b);
    if (options().summation_method == "majoring") return std::max(a, b);
    return (a + b) / 2;
  }
  // Between two thresholds true positives are linear in all that is predicted: Davis & Goadrich
  // 2006.
  static double InterpolatedPrArea(const Curve& c) {
    double area = 0;
    for (size_t i = 0; i + 1 < c.tp.size(); ++i) {
      const double before = c.tp[i] + c.fp[i], after = c.tp[i + 1] + c.fp[i + 1];
      const double fallen = c.tp[i] - c.tp[i + 1];
      const double slope = Ratio(fallen, std::max(before - after, 0.0));
      const double intercept = c.tp[i + 1] - slope * after;
      const double ratio = before > 0 && after > 0 ? before / after : 1;
      area += Ratio(slope * (fallen + intercept * std::log(ratio)), c.positives);
    }
    return area;
  }
};

// The best of one share where another one is at least so large.
template <typename T>
class BestMetric : public Configured<T, MetricImpl, metrics::BestOptions> {
 public:
  using Base = Configured<T, MetricImpl, metrics::BestOptions>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit(T::kLeast, o.least);
    visit("num_thresholds", o.num_thresholds);
    visit("class_id", o.class_id);
  }
  absl::Status Validate() const override {
    const metrics::BestOptions& o = this->options();
    if (!(o.least >= 0 && o.least <= 1))
      return InvalidArgumentError(absl::StrCat(T::kLeast, " must be in [0, 1], not ", o.least));
    if (o.num_thresholds < 2 || o.num_thresholds > kMostThresholds) {
      return InvalidArgumentError(absl::StrCat("num_thresholds must be in [2, ", kMostThresholds,
                                               "], not ", o.num_thresholds));
    }
    return metrics_internal::CheckChoice(std::nullopt, o.class_id);
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const Chosen chosen = metrics_internal::Choose(y, p, std::nullopt, this->options().class_id);
    if (!chosen.p.valid()) return {chosen.p};
    std::vector<Value> sums;
    Append(CountsOfCurve(chosen.y, chosen.p, weights, this->options().num_thresholds, false),
           &sums);
    return sums;
  }
  // As Keras has it, compared in float32.
  Tensor Result(absl::Span<const Tensor> sums) const override {
    const Curve c(sums);
    double best = 0;
    for (size_t i = 0; i < c.tp.size(); ++i) {
      const auto reached = static_cast<float>(T::Constrained(c, i));
      if (reached >= static_cast<float>(this->options().least))
        best = std::max(best, T::Wanted(c, i));
    }
    return Tensor::Scalar<double>(best);
  }
};

struct SensitivityMetric : public BestMetric<SensitivityMetric> {
  using BestMetric::BestMetric;
  static constexpr const char* kName = "sensitivity_at_specificity";
  static constexpr const char* kAliases[] = {"SensitivityAtSpecificity"};
  static constexpr const char* kLeast = "specificity";
  static double Constrained(const Curve& c, size_t i) { return c.Specificity(i); }
  static double Wanted(const Curve& c, size_t i) { return c.Recall(i); }
};
struct SpecificityMetric : public BestMetric<SpecificityMetric> {
  using BestMetric::BestMetric;
  static constexpr const char* kName = "specificity_at_sensitivity";
  static constexpr const char* kAliases[] = {"SpecificityAtSensitivity"};
  static constexpr const char* kLeast = "sensitivity";
  static double Constrained(const Curve& c, size_t i) { return c.Recall(i); }
  static double Wanted(const Curve& c, size_t i) { return c.Specificity(i); }
};
struct PrecisionAtRecallMetric : public BestMetric<PrecisionAtRecallMetric> {
  using BestMetric::BestMetric;
  static constexpr const char* kName = "precision_at_recall";
  static constexpr const char* kAliases[] = {"PrecisionAtRecall"};
  static constexpr const char* kLeast = "recall";
  static double Constrained(const Curve& c, size_t i) { return c.Recall(i); }
  static double Wanted(const Curve& c, size_t i) { return c.Precision(i); }
};
struct RecallAtPrecisionMetric : public BestMetric<RecallAtPrecisionMetric> {
  using BestMetric::BestMetric;
  static constexpr const char* kName = "recall_at_precision";
  static constexpr const char* kAliases[] = {"RecallAtPrecision"};
  static constexpr const char* kLeast = "precision";
  static double Constrained(const Curve& c, size_t i) { return c.Precision(i); }
  static double Wanted(const Curve& c, size_t i) { return c.Recall(i); }
};

}  // namespace

Metric metrics::AUC(const AUCOptions& o) {
  return Metric(std::make_shared<AucMetric>(
                    AreaOptions{o.num_thresholds, o.curve, o.summation_method, o.thresholds,
                                o.multi_label, o.num_labels, o.label_weights, o.from_logits}),
                o.name);
}
Metric metrics::SensitivityAtSpecificity(const BestOptions& o) {
  return Metric(std::make_shared<SensitivityMetric>(o), o.name);
}
Metric metrics::SpecificityAtSensitivity(const BestOptions& o) {
  return Metric(std::make_shared<SpecificityMetric>(o), o.name);
}
Metric metrics::PrecisionAtRecall(const BestOptions& o) {
  return Metric(std::make_shared<PrecisionAtRecallMetric>(o), o.name);
}
Metric metrics::RecallAtPrecision(const BestOptions& o) {
  return Metric(std::make_shared<RecallAtPrecisionMetric>(o), o.name);
}

std::vector<MetricClass> metrics_internal::CurveClasses() {
  return {AucMetric::Class(), SensitivityMetric::Class(), SpecificityMetric::Class(),
          PrecisionAtRecallMetric::Class(), RecallAtPrecisionMetric::Class()};
}

}  // namespace dagrad::keras
