#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Intersection over union, of a confusion matrix.
namespace dagrad::keras {
namespace {

using metrics::IoUOptions;

constexpr int64_t kMostClasses = 10'000;

// Where targets are class numbers by their kind already, argmax would find nothing in them.
Value ClassesOf(Value x, bool sparse) {
  return sparse ? Cast(x, DType::kInt64) : ArgMax(x, {.axis = -1});
}

Value MatrixOf(Value truth, Value predicted, Value weights, DType dtype, const IoUOptions& o) {
  const Shape rows({predicted.shape().NumElements()});
  Value w = Reshape(WeightsLike(weights, Cast(predicted, dtype)), rows);
  truth = Reshape(truth, rows);  // one of the two may be a column
  if (o.ignore_class.has_value())
    w = w * Cast(NotEqual(truth, static_cast<double>(*o.ignore_class)), dtype);
  const OneHotOptions as = {.dtype = dtype};
  const Value counted = OneHot(truth, o.num_classes, as) * ExpandDims(w, 1);
  return MatMul(counted, OneHot(Reshape(predicted, rows), o.num_classes, as),
                {.transpose_a = true});
}

absl::Status CheckClasses(const IoUOptions& o) {
  if (o.num_classes < 2 || o.num_classes > kMostClasses) {
    return InvalidArgumentError(
        absl::StrCat("num_classes must be in [2, ", kMostClasses, "], not ", o.num_classes));
  }
  for (const int64_t id : o.target_class_ids) {
    if (id < 0 || id >= o.num_classes)
      return InvalidArgumentError(absl::StrCat("target_class_ids has ", id, ", which is no class"));
  }
  return absl::OkStatus();
}

// The mean over the classes `ids`, all if empty, of those that occur.
Tensor MeanOverlap(const Tensor& matrix, const std::vector<int64_t>& ids) {
  const int64_t n = matrix.dims()[0];
  const auto at = [&](int64_t i, int64_t j) { return matrix.data<double>()[i * n + j]; };
  double sum = 0, occurring = 0;
  const auto count = ids.empty() ? n : static_cast<int64_t>(ids.size());
  for (int64_t k = 0; k < count; ++k) {
    const int64_t c = ids.empty() ? k : ids[k];
    double all = -at(c, c);
    for (int64_t i = 0; i < n; ++i) all += at(c, i) + at(i, c);
    if (all <= 1e-9) continue;
    sum += at(c, c) / all;
    ++occurring;
  }
  return Tensor::Scalar<double>(Ratio(sum, occurring));
}

template <typename T>
class OverlapMetric : public Configured<T, MetricImpl, IoUOptions> {
 public:
  using Base = Configured<T, MetricImpl, IoUOptions>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  bool Takes(const ValueType& /*output*/, TargetKind /*kind*/) const override { return true; }
  absl::Status Validate() const override {
    if (T::kOfAll && !this->options().target_class_ids.empty())
      return InvalidArgumentError("target_class_ids is no option of a mean over all classes");
    return CheckClasses(this->options());
  }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const IoUOptions& o = this->options();
    const bool sparse_targets = T::kOneHot ? y.rank() < p.rank() : o.sparse_y_true;
    const Value truth = ClassesOf(y, sparse_targets);
    const Value predicted = ClassesOf(p, !T::kOneHot && o.sparse_y_pred);
    return {MatrixOf(truth, predicted, weights, p.dtype(), o)};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return MeanOverlap(sums[0], this->options().target_class_ids);
  }
};

struct IoUMetric : public OverlapMetric<IoUMetric> {
  using OverlapMetric::OverlapMetric;
  static constexpr const char* kName = "io_u";
  static constexpr const char* kAliases[] = {"IoU"};
  static constexpr bool kOneHot = false;
  static constexpr bool kOfAll = false;  // classes
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_classes", o.num_classes);
    visit("target_class_ids", o.target_class_ids);
    visit("ignore_class", o.ignore_class);
    visit("sparse_y_true", o.sparse_y_true);
    visit("sparse_y_pred", o.sparse_y_pred);
  }
};
struct MeanIoUMetric : public OverlapMetric<MeanIoUMetric> {
  using OverlapMetric::OverlapMetric;
  static constexpr const char* kName = "mean_io_u";
  static constexpr const char* kAliases[] = {"MeanIoU"};
  static constexpr bool kOneHot = false;
  static constexpr bool kOfAll = true;  // classes
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_classes", o.num_classes);
    visit("ignore_class", o.ignore_class);
    visit("sparse_y_true", o.sparse_y_true);
    visit("sparse_y_pred", o.sparse_y_pred);
  }
};
struct OneHotIoUMetric : public OverlapMetric<OneHotIoUMetric> {
  using OverlapMetric::OverlapMetric;
  static constexpr const char* kName = "one_hot_io_u";
  static constexpr const char* kAliases[] = {"OneHotIoU"};
  static constexpr bool kOneHot = true;
  static constexpr bool kOfAll = false;  // classes
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_classes", o.num_classes);
    visit("target_class_ids", o.target_class_ids);
    visit("ignore_class", o.ignore_class);
  }
};
struct OneHotMeanIoUMetric : public OverlapMetric<OneHotMeanIoUMetric> {
  using OverlapMetric::OverlapMetric;
  static constexpr const char* kName = "one_hot_mean_io_u";
  static constexpr const char* kAliases[] = {"OneHotMeanIoU"};
  static constexpr bool kOneHot = true;
  static constexpr bool kOfAll = true;  // classes
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_classes", o.num_classes);
    visit("ignore_class", o.ignore_class);
  }
};

struct BinaryOptions {
  std::vector<int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
};

class BinaryIoUMetric : public Configured<BinaryIoUMetric, MetricImpl, BinaryOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "binary_io_u";
  static constexpr const char* kAliases[] = {"BinaryIoU"};
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("target_class_ids", o.target_class_ids);
    visit("threshold", o.threshold);
  }
  absl::Status Validate() const override { return CheckClasses(AsIoU()); }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const Value predicted = Cast(GreaterEqual(p, options().threshold), DType::kInt64);
    return {MatrixOf(Cast(y, DType::kInt64), predicted, weights, p.dtype(), AsIoU())};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return MeanOverlap(sums[0], options().target_class_ids);
  }

 private:
  IoUOptions AsIoU() const {
    return {.num_classes = 2, .target_class_ids = options().target_class_ids};
  }
};

}  // namespace

Metric metrics::IoU(const IoUOptions& o) { return Metric(std::make_shared<IoUMetric>(o), o.name); }
Metric metrics::MeanIoU(const IoUOptions& o) {
  return Metric(std::make_shared<MeanIoUMetric>(o), o.name);
}
Metric metrics::OneHotIoU(const IoUOptions& o) {
  return Metric(std::make_shared<OneHotIoUMetric>(o), o.name);
}
Metric metrics::OneHotMeanIoU(const IoUOptions& o) {
  return Metric(std::make_shared<OneHotMeanIoUMetric>(o), o.name);
}
Metric metrics::BinaryIoU(const BinaryIoUOptions& o) {
  return Metric(std::make_shared<BinaryIoUMetric>(BinaryOptions{o.target_class_ids, o.threshold}),
                o.name);
}

std::vector<MetricClass> metrics_internal::OverlapClasses() {
  return {IoUMetric::Class(), MeanIoUMetric::Class(), OneHotIoUMetric::Class(),
          OneHotMeanIoUMetric::Class(), BinaryIoUMetric::Class()};
}

}  // namespace dagrad::keras
