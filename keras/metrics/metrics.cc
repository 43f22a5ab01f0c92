#include "dagrad/keras/metrics/metrics.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

constexpr int kThresholds = 200;  // of AUC

const std::vector<std::pair<std::string, std::string>>& ShortNames() {
  static const auto* const names =
      new std::vector<std::pair<std::string, std::string>>{{"acc", "accuracy"},
                                                           {"rmse", "root_mean_squared_error"},
                                                           {"Precision", "precision"},
                                                           {"Recall", "recall"},
                                                           {"AUC", "auc"}};
  return *names;
}

// `y` where it may be class numbers of an output of one column: as that column.
Value AsColumn(Value y, Value p) {
  if (!y.valid() || y.rank() == p.rank()) return y;
  return Cast(Reshape(y, p.shape()), p.dtype());
}

// Weights shaped to multiply `like`, whose first dimension is the batch; ones if there are none.
Value WeightsLike(Value weights, Value like) {
  if (!weights.valid()) return OnesLike(like);
  std::vector<Dim> dims(like.rank(), Dim(1));
  if (!dims.empty()) dims[0] = like.dim(0);
  return Reshape(weights, Shape(absl::MakeConstSpan(dims))) + ZerosLike(like);
}

Value Matches(absl::string_view kind, double threshold, Value y, Value p) {
  const DType dtype = p.dtype();
  if (kind == "binary_accuracy") {
    return ReduceMean(Cast(Equal(Cast(Greater(p, threshold), dtype), y), dtype), {.axes = {-1}});
  }
  Value truth = kind == "categorical_accuracy" ? ArgMax(y, {.axis = -1}) : y;
  return Cast(Equal(ArgMax(p, {.axis = -1}), truth), dtype);
}

// tp, fp, fn at one threshold.
std::vector<Value> Confusion(Value y, Value p, Value weights, double threshold) {
  Value w = WeightsLike(weights, p);
  Value predicted = Cast(Greater(p, threshold), p.dtype());
  Value truth = Cast(NotEqual(y, 0.0), p.dtype());
  return {ReduceSum(w * predicted * truth), ReduceSum(w * predicted * (1.0 - truth)),
          ReduceSum(w * (1.0 - predicted) * truth)};
}

// True and false positives for each threshold ([thresholds]), then all positives and negatives.
// Threshold i is i/199, the first below every prediction and the last above: as Keras, predictions
// are clipped to [0, 1] and compared 199-fold.
std::vector<Value> RocCounts(Value y, Value p, Value weights) {
  std::vector<double> t(kThresholds);
  for (int i = 0; i < kThresholds; ++i) t[i] = i;
  t.front() = -1;
  GraphBuilder* g = p.builder();
  absl::StatusOr<Tensor> thresholds = Tensor::Of<double>({1, kThresholds}, t).Cast(p.dtype());
  if (!thresholds.ok()) return {g->Fail(thresholds.status())};
  const Shape column({p.shape().NumElements(), Dim(1)});
  Value w = Reshape(WeightsLike(weights, p), column);
  Value truth = Reshape(Cast(NotEqual(y, 0.0), p.dtype()), column);
  Value scaled = Reshape(Clip(p, 0.0, 1.0) * (kThresholds - 1.0), column);
  Value predicted = Cast(Greater(scaled, Constant(g, *thresholds)), p.dtype());
  return {ReduceSum(predicted * (w * truth), {.axes = {0}}),
          ReduceSum(predicted * (w * (1.0 - truth)), {.axes = {0}}), ReduceSum(w * truth),
          ReduceSum(w * (1.0 - truth))};
}

double RocArea(absl::Span<const std::vector<double>> sums) {
  const double positives = sums[2][0];
  const double negatives = sums[3][0];
  if (positives == 0 || negatives == 0) return 0;
  double area = 0;
  for (int i = 0; i + 1 < kThresholds; ++i) {
    const double width = (sums[1][i] - sums[1][i + 1]) / negatives;
    area += width * (sums[0][i] + sums[0][i + 1]) / 2 / positives;
  }
  return area;
}

bool HasOneColumn(const ValueType& output) { return output.shape.dim(-1) == Dim(1); }

double Ratio(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace

std::vector<std::string> MetricNames() {
  return {"accuracy",  "auc",    "binary_accuracy",         "categorical_accuracy",
          "precision", "recall", "root_mean_squared_error", "sparse_categorical_accuracy"};
}

std::vector<std::string> MetricAliases() {
  std::vector<std::string> names;
  for (const auto& [alias, kind] : ShortNames()) names.push_back(alias);
  return names;
}

Metric::Metric(const char* name) : Metric(std::string(name == nullptr ? "" : name)) {}

Metric::Metric(const std::string& name) : name_(name), kind_(name) {
  for (const auto& [alias, kind] : ShortNames()) {
    if (name == alias) kind_ = kind;
  }
  if (Loss loss(name); loss.Validate().ok()) kind_ = loss.name();
}

Metric Metric::BinaryAccuracy(double threshold) {
  Metric m("binary_accuracy");
  m.threshold_ = threshold;
  return m;
}

absl::Status Metric::Validate() const {
  if (!std::isfinite(threshold_)) {
    return InvalidArgumentError(
        absl::StrCat("metric \"", name_, "\": threshold must be finite, not ", threshold_));
  }
  if (absl::c_linear_search(MetricNames(), kind_) || Loss(kind_).Validate().ok())
    return absl::OkStatus();
  std::vector<std::string> known = MetricNames();
  for (std::string& loss : LossNames()) known.push_back(std::move(loss));
  return InvalidArgumentError(
      absl::StrCat("unknown metric \"", name_, "\"", PerhapsOf(name_, known)));
}

Metric Metric::Resolve(const ValueType& output, const Loss& loss) const {
  Metric m = *this;
  if (kind_ == "accuracy") {
    m.kind_ = HasOneColumn(output)                        ? "binary_accuracy"
              : loss.target_kind() == TargetKind::kSparse ? "sparse_categorical_accuracy"
                                                          : "categorical_accuracy";
  } else if (kind_ == "categorical_crossentropy" || kind_ == "binary_crossentropy") {
    if (loss.target_kind() == TargetKind::kSparse) m.kind_ = "sparse_categorical_crossentropy";
  }
  return m;
}

absl::Status Metric::CheckTarget(const ValueType& output, TargetKind kind) const {
  const bool sparse =
      kind_ == "sparse_categorical_accuracy" || kind_ == "sparse_categorical_crossentropy";
  if (sparse == (kind == TargetKind::kSparse)) return absl::OkStatus();
  if (!sparse && HasOneColumn(output)) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("metric \"", name_, "\" needs ",
                   sparse ? "class numbers" : "targets shaped as the output", ", unlike the loss"));
}

std::vector<Value> Metric::Accumulate(Value target, Value prediction, Value weights) const {
  if (prediction.builder() == nullptr) return {};
  if (absl::Status s = Validate(); !s.ok()) return {prediction.builder()->Fail(s)};
  if (!kind_.starts_with("sparse_")) target = AsColumn(target, prediction);
  if (kind_ == "precision" || kind_ == "recall")
    return Confusion(target, prediction, weights, threshold_);
  if (kind_ == "auc") return RocCounts(target, prediction, weights);
  Value values;
  if (kind_ == "root_mean_squared_error") {
    values = Square(prediction - target);
  } else if (kind_.ends_with("_accuracy")) {
    values = Matches(kind_, threshold_, target, prediction);
  } else {
    values = Loss(kind_).PerExample(target, prediction);
    if (kind_ == "cosine_similarity") values = Neg(values);
  }
  Value w = WeightsLike(weights, values);
  return {ReduceSum(values * w), ReduceSum(w)};
}

double Metric::Result(absl::Span<const std::vector<double>> sums) const {
  if (sums.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (kind_ == "precision") return Ratio(sums[0][0], sums[0][0] + sums[1][0]);
  if (kind_ == "recall") return Ratio(sums[0][0], sums[0][0] + sums[2][0]);
  if (kind_ == "auc") return RocArea(sums);
  const double mean = Ratio(sums[0][0], sums[1][0]);
  return kind_ == "root_mean_squared_error" ? std::sqrt(mean) : mean;
}

Json Metric::ToJson() const { return {{"name", name_}, {"threshold", threshold_}}; }

absl::StatusOr<Metric> Metric::FromJson(const Json& json) {
  std::string name;
  double threshold = 0;
  if (!ReadJson(Member(json, "name"), &name) || !ReadJson(Member(json, "threshold"), &threshold))
    return InvalidArgumentError("not the description of a metric");
  DAGRAD_RETURN_IF_ERROR(CheckKeys("a metric", json, {"name", "threshold"}));
  Metric m(name);
  m.threshold_ = threshold;
  if (absl::Status s = m.Validate(); !s.ok()) return s;
  return m;
}

}  // namespace dagrad::keras
