#include <cstdint>
#include <memory>
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
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

struct ClassesOption {
  int64_t num_classes = 0;
};

class ConfusionMatrixMetric : public Configured<ConfusionMatrixMetric, MetricImpl, ClassesOption> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "confusion_matrix";
  static constexpr int64_t kMostClasses = 10'000;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("num_classes", o.num_classes);
  }
  absl::Status Validate() const override {
    if (options().num_classes >= 0 && options().num_classes <= kMostClasses)
      return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("num_classes must be in [0, ", kMostClasses, "], not ",
                                             options().num_classes));
  }
  bool Takes(const ValueType& /*output*/, TargetKind /*kind*/) const override { return true; }
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    if (!p.dim(-1).is_known()) {
      return {p.builder()->Fail(InvalidArgumentError(
          absl::StrCat("a confusion matrix needs an output of a known number of columns, not ",
                       p.type().ToString())))};
    }
    const int64_t columns = p.dim(-1).value();
    const int64_t given = options().num_classes;
    const int64_t classes = given > 0 ? given : columns == 1 ? 2 : columns;
    const Value predicted = ClassOf(p);
    const Value truth = y.rank() < p.rank() ? y : ClassOf(y);
    const Shape rows({predicted.shape().NumElements()});
    const OneHotOptions as = {.dtype = p.dtype()};
    Value counted = OneHot(Reshape(truth, rows), classes, as);
    if (weights.valid()) {
      const Shape column({rows.dim(0), Dim(1)});
      counted = counted * Reshape(WeightsLike(weights, Cast(predicted, p.dtype())), column);
    }
    return {MatMul(counted, OneHot(Reshape(predicted, rows), classes, as), {.transpose_a = true})};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override { return sums[0]; }

 private:
  // Numbers without the last axis.
  static Value ClassOf(Value x) {
    if (x.dim(-1) != Dim(1)) return ArgMax(x, {.axis = -1});
    std::vector<Dim> dims(x.shape().dims().begin(), x.shape().dims().end() - 1);
    return Reshape(Cast(Greater(x, 0.5), DType::kInt64), Shape(absl::MakeConstSpan(dims)));
  }
};

}  // namespace

Metric metrics::ConfusionMatrix(const ConfusionMatrixOptions& options) {
  return Metric(std::make_shared<ConfusionMatrixMetric>(ClassesOption{options.num_classes}),
                options.name);
}

std::vector<MetricClass> metrics_internal::ConfusionMatrixClasses() {
  return {ConfusionMatrixMetric::Class()};
}

}  // namespace dagrad::keras
