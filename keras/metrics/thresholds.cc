#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Metrics of what is predicted at thresholds.
namespace dagrad::keras {
namespace {

// Predictions and truth as columns of a matrix with a row for each prediction.
struct Compared {
  Value predicted;  // [rows, thresholds] 0 or 1
  Value truth;      // [rows, 1] 0 or 1
  Value weights;    // [rows, 1]
};

// Where `even`, threshold i of t is i / (t - 1), but for a first one below 0, which is below every
// prediction: as in Keras, these are clipped to [0, 1] and compared (t - 1)-fold.
Compared Compare(Value y, Value p, Value weights, std::vector<double> thresholds, bool even) {
  GraphBuilder* g = p.builder();
  const auto count = static_cast<int64_t>(thresholds.size());
  const auto last = static_cast<double>(count - 1);
  const Shape column({p.shape().NumElements(), Dim(1)});
  if (even) {
    for (int64_t i = 1; i < count; ++i) thresholds[i] = static_cast<double>(i);
    p = Clip(p, 0.0, 1.0) * last;
  }
  const Tensor row = Tensor::Of<double>({1, count}, absl::MakeConstSpan(thresholds));
  const absl::StatusOr<Tensor> cast = row.Cast(p.dtype());
  if (!cast.ok()) return {g->Fail(cast.status()), {}, {}};
  Compared c;
  c.weights = Reshape(WeightsLike(weights, p), column);
  c.truth = Reshape(Cast(NotEqual(y, 0.0), p.dtype()), column);
  c.predicted = Cast(Greater(Reshape(p, column), Constant(g, *cast)), p.dtype());
  return c;
}

// tp, fp, fn at one threshold: scalars.
std::vector<Value> CountsAt(Value y, Value p, Value weights, double threshold) {
  Value w = WeightsLike(weights, p);
  Value predicted = Cast(Greater(p, threshold), p.dtype());
  Value truth = Cast(NotEqual(y, 0.0), p.dtype());
  return {ReduceSum(w * predicted * truth), ReduceSum(w * predicted * (1.0 - truth)),
          ReduceSum(w * (1.0 - predicted) * truth)};
}

bool DivideEvenly(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  const auto last = static_cast<double>(thresholds.size() - 1);
  for (size_t i = 0; i < thresholds.size(); ++i) {
    if (std::abs(thresholds[i] - static_cast<double>(i) / last) > 1e-7) return false;
  }
  return true;
}

struct ThresholdList {
  std::vector<double> thresholds = {0.5};
};

// tp, fp and fn: a scalar each for one threshold, else vectors.
template <typename T>
class CountingMetric : public Configured<T, MetricImpl, ThresholdList> {
 public:
  using Base = Configured<T, MetricImpl, ThresholdList>;
  using Base::Base;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("thresholds", o.thresholds);
  }
  absl::Status Validate() const override {
    if (thresholds().empty()) return InvalidArgumentError("thresholds must be one or more");
    for (const double t : thresholds()) {
      if (!(t >= 0 && t <= 1))
        return InvalidArgumentError(absl::StrCat("thresholds must be in [0, 1], not ", t));
    }
    return absl::OkStatus();
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    if (thresholds().size() == 1) return CountsAt(y, p, weights, thresholds()[0]);
    const Compared c = Compare(y, p, weights, thresholds(), DivideEvenly(thresholds()));
    const Value right = c.weights * c.truth;
    return {ReduceSum(c.predicted * right, {.axes = {0}}),
            ReduceSum(c.predicted * (c.weights * (1.0 - c.truth)), {.axes = {0}}),
            ReduceSum((1.0 - c.predicted) * right, {.axes = {0}})};
  }

 protected:
  const std::vector<double>& thresholds() const { return this->options().thresholds; }
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

class PrecisionMetric : public CountingMetric<PrecisionMetric> {
 public:
  using CountingMetric::CountingMetric;
  static constexpr const char* kName = "precision";
  static constexpr const char* kAliases[] = {"Precision"};
  Direction direction() const override { return Direction::kUp; }
  Tensor Result(absl::Span<const Tensor> sums) const override { return Share(sums[0], sums[1]); }
};

class RecallMetric : public CountingMetric<RecallMetric> {
 public:
  using CountingMetric::CountingMetric;
  static constexpr const char* kName = "recall";
  static constexpr const char* kAliases[] = {"Recall"};
  Direction direction() const override { return Direction::kUp; }
  Tensor Result(absl::Span<const Tensor> sums) const override { return Share(sums[0], sums[2]); }
};

struct RocOptions {
  int64_t num_thresholds = 200;
};

// True and false positives for each threshold, then all positives and negatives.
class AucMetric : public Configured<AucMetric, MetricImpl, RocOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "auc";
  static constexpr const char* kAliases[] = {"AUC"};
  Direction direction() const override { return Direction::kUp; }
  static constexpr int64_t kMostThresholds = 100'000;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_thresholds", o.num_thresholds);
  }
  absl::Status Validate() const override {
    const int64_t count = options().num_thresholds;
    if (count >= 2 && count <= kMostThresholds) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("num_thresholds must be in [2, ", kMostThresholds, "], not ", count));
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    std::vector<double> thresholds(options().num_thresholds);
    thresholds[0] = -1;
    const Compared c = Compare(y, p, weights, std::move(thresholds), true);
    const Value positives = c.weights * c.truth;
    const Value negatives = c.weights * (1.0 - c.truth);
    return {ReduceSum(c.predicted * positives, {.axes = {0}}),
            ReduceSum(c.predicted * negatives, {.axes = {0}}), ReduceSum(positives),
            ReduceSum(negatives)};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    const auto tp = sums[0].data<double>(), fp = sums[1].data<double>();
    const double positives = sums[2].data<double>()[0];
    const double negatives = sums[3].data<double>()[0];
    double area = 0;
    for (size_t i = 0; i + 1 < tp.size() && positives != 0 && negatives != 0; ++i) {
      const double width = (fp[i] - fp[i + 1]) / negatives;
      area += width * (tp[i] + tp[i + 1]) / 2 / positives;
    }
    return Tensor::Scalar<double>(area);
  }
};

}  // namespace

Metric metrics::Precision(const ThresholdsOptions& options) {
  return Metric(std::make_shared<PrecisionMetric>(ThresholdList{options.thresholds}), options.name);
}
Metric metrics::Recall(const ThresholdsOptions& options) {
  return Metric(std::make_shared<RecallMetric>(ThresholdList{options.thresholds}), options.name);
}
Metric metrics::AUC(const AUCOptions& options) {
  return Metric(std::make_shared<AucMetric>(RocOptions{options.num_thresholds}), options.name);
}

std::vector<MetricClass> metrics_internal::ThresholdClasses() {
  return {PrecisionMetric::Class(), RecallMetric::Class(), AucMetric::Class()};
}

}  // namespace dagrad::keras
