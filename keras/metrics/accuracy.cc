#include <cmath>
#include <memory>
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
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Shares of predictions that are right.
namespace dagrad::keras {
namespace {

struct ThresholdOption {
  double threshold = 0.5;
};

class BinaryAccuracyMetric : public Configured<BinaryAccuracyMetric, MeanMetric, ThresholdOption> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "binary_accuracy";
  static constexpr const char* kAliases[] = {"BinaryAccuracy"};
  Direction direction() const override { return Direction::kUp; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("threshold", o.threshold);
  }
  absl::Status Validate() const override {
    if (std::isfinite(options().threshold)) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("threshold must be finite, not ", options().threshold));
  }
  Value Values(Value y, Value p) const override {
    const DType dtype = p.dtype();
    const Value predicted = Cast(Greater(p, options().threshold), dtype);
    return ReduceMean(Cast(Equal(predicted, y), dtype), {.axes = {-1}});
  }
};

class CategoricalAccuracyMetric : public Configured<CategoricalAccuracyMetric, MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "categorical_accuracy";
  static constexpr const char* kAliases[] = {"CategoricalAccuracy"};
  Direction direction() const override { return Direction::kUp; }
  Value Values(Value y, Value p) const override {
    return Cast(Equal(ArgMax(p, {.axis = -1}), ArgMax(y, {.axis = -1})), p.dtype());
  }
};

class SparseAccuracyMetric : public Configured<SparseAccuracyMetric, MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "sparse_categorical_accuracy";
  static constexpr const char* kAliases[] = {"SparseCategoricalAccuracy"};
  Direction direction() const override { return Direction::kUp; }
  TargetKind target_kind() const override { return TargetKind::kSparse; }
  Value Values(Value y, Value p) const override {
    return Cast(Equal(ArgMax(p, {.axis = -1}), y), p.dtype());
  }
};

// Keras's class Accuracy: numbers that are equal. The name "accuracy" is AccuracyMetric's.
class EqualityMetric : public Configured<EqualityMetric, MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "exact_accuracy";
  static constexpr const char* kAliases[] = {"Accuracy"};
  Direction direction() const override { return Direction::kUp; }
  Value Values(Value y, Value p) const override {
    return ReduceMean(Cast(Equal(y, p), p.dtype()), {.axes = {-1}});
  }
};

struct KOption {
  int64_t k = 5;
};

// The share of rows in which fewer than k predictions are larger than that of the true class.
template <typename T>
class TopKMetric : public Configured<T, MeanMetric, KOption> {
 public:
  using Base = Configured<T, MeanMetric, KOption>;
  using Base::Base;
  Direction direction() const override { return Direction::kUp; }
  TargetKind target_kind() const override { return T::kKind; }
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("k", o.k);
  }
  absl::Status Validate() const override {
    if (this->options().k >= 1) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("k must be positive, not ", this->options().k));
  }
  Value Values(Value y, Value p) const override {
    if (!p.valid() || !p.dim(-1).is_known()) {
      return p.builder()->Fail(InvalidArgumentError(
          absl::StrCat(T::kName, " needs an output of a known number of classes")));
    }
    const Value truth = T::kKind == TargetKind::kSparse ? y : ArgMax(y, {.axis = -1});
    const Value there = OneHot(truth, p.dim(-1).value(), {.dtype = p.dtype()});
    const Value of_truth = ReduceSum(p * there, {.axes = {-1}, .keepdims = true});
    const Value larger = ReduceSum(Cast(Greater(p, of_truth), p.dtype()), {.axes = {-1}});
    return Cast(Less(larger, static_cast<double>(this->options().k)), p.dtype());
  }
};

struct DenseTopKMetric : public TopKMetric<DenseTopKMetric> {
  using TopKMetric::TopKMetric;
  static constexpr const char* kName = "top_k_categorical_accuracy";
  static constexpr const char* kAliases[] = {"TopKCategoricalAccuracy"};
  static constexpr TargetKind kKind = TargetKind::kDense;
};
struct SparseTopKMetric : public TopKMetric<SparseTopKMetric> {
  using TopKMetric::TopKMetric;
  static constexpr const char* kName = "sparse_top_k_categorical_accuracy";
  static constexpr const char* kAliases[] = {"SparseTopKCategoricalAccuracy"};
  static constexpr TargetKind kKind = TargetKind::kSparse;
};

class AccuracyMetric : public Configured<AccuracyMetric, MetricImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "accuracy";
  static constexpr const char* kAliases[] = {"acc"};
  Direction direction() const override { return Direction::kUp; }
  bool Takes(const ValueType& /*output*/, TargetKind /*kind*/) const override { return true; }
  MetricPtr Resolve(const ValueType& output, const Loss& loss) const override {
    return Definite(output.shape.dim(-1) == Dim(1), loss.target_kind() == TargetKind::kSparse);
  }
  bool reads_mask() const override { return true; }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    const bool one_column = p.rank() > 0 && p.dim(-1) == Dim(1);
    return Definite(one_column, y.rank() < p.rank())->Accumulate(y, p, weights);
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return CategoricalAccuracyMetric().Result(sums);  // all three are means
  }

 private:
  static MetricPtr Definite(bool one_column, bool sparse) {
    if (one_column) return std::make_shared<BinaryAccuracyMetric>();
    if (sparse) return std::make_shared<SparseAccuracyMetric>();
    return std::make_shared<CategoricalAccuracyMetric>();
  }
};

}  // namespace

Metric metrics::Accuracy(const std::string& name) {
  return Metric(std::make_shared<AccuracyMetric>(), name);
}
Metric metrics::BinaryAccuracy(const BinaryAccuracyOptions& options) {
  return Metric(std::make_shared<BinaryAccuracyMetric>(ThresholdOption{options.threshold}),
                options.name);
}
Metric metrics::CategoricalAccuracy(const std::string& name) {
  return Metric(std::make_shared<CategoricalAccuracyMetric>(), name);
}
Metric metrics::SparseCategoricalAccuracy(const std::string& name) {
  return Metric(std::make_shared<SparseAccuracyMetric>(), name);
}

Metric metrics::TopKCategoricalAccuracy(const TopKOptions& o) {
  return Metric(std::make_shared<DenseTopKMetric>(KOption{o.k}), o.name);
}
Metric metrics::SparseTopKCategoricalAccuracy(const TopKOptions& o) {
  return Metric(std::make_shared<SparseTopKMetric>(KOption{o.k}), o.name);
}

std::vector<MetricClass> metrics_internal::AccuracyClasses() {
  return {EqualityMetric::Class(),       DenseTopKMetric::Class(),
          SparseTopKMetric::Class(),     AccuracyMetric::Class(),
          BinaryAccuracyMetric::Class(), CategoricalAccuracyMetric::Class(),
          SparseAccuracyMetric::Class()};
}

}  // namespace dagrad::keras
