#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/keras/metrics/running_metric.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_loss.h"

namespace dagrad::keras_parity {
namespace {

using keras::Metric;
using keras::MetricImpl;

constexpr double kTolerance = 1e-6;
constexpr int64_t kBatch = 2;

// Metrics of the program's own: golden_metrics.py has the same.
class LargestError : public Configured<LargestError, MetricImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "Metric";
  std::vector<Value> Accumulate(Value y, Value p, Value weights) const override {
    return {ReduceSum(Square(y - p) * keras::WeightsLike(weights, p))};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override { return sums[0]; }
};

class MeanCubedError : public Configured<MeanCubedError, keras::MeanMetric> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "MeanMetricWrapper";
  Value Values(Value y, Value p) const override {
    return ReduceMean(Square(y - p) * Abs(y - p), {.axes = {-1}});
  }
};

const std::vector<keras::MetricClass>& Own() {
  static const auto* const own =
      new std::vector<keras::MetricClass>{LargestError::Class(), MeanCubedError::Class()};
  return *own;
}

// Examples `first` … `first` + `count` of t.
Tensor Part(const Tensor& t, int64_t first, int64_t count) {
  Dims dims = t.dims();
  const int64_t row = t.num_elements() / dims[0];
  dims[0] = count;
  Tensor part = Tensor::Full(t.dtype(), dims, 0);
  const size_t bytes = row * DTypeSize(t.dtype());
  std::copy_n(static_cast<const char*>(t.bytes()) + first * bytes, count * bytes,
              static_cast<char*>(part.mutable_bytes()));
  return part;
}

absl::StatusOr<Tensor> ResultOver(const Metric& metric, const Tensor& y, const Tensor& p,
                                  const Tensor& weights, bool weighted) {
  keras::RunningMetric running(metric);
  for (int64_t first = 0; first < p.dims()[0]; first += kBatch) {
    const int64_t count = std::min(kBatch, p.dims()[0] - first);
    DAGRAD_RETURN_IF_ERROR(running.UpdateState(Part(y, first, count), Part(p, first, count),
                                               weighted ? Part(weights, first, count) : Tensor()));
  }
  return running.Result();
}

}  // namespace

std::vector<std::string> RegisteredMetrics() {
  std::vector<std::string> names = {"Metric", "MeanMetricWrapper"};
  for (const keras::MetricClass& c : keras::MetricClasses()) names.push_back(KerasNameOf(c));
  // The mean of a loss: of all of them here, of some under a name of their own in Keras.
  const std::vector<std::string> of_keras = *ReadKerasClasses("metrics");
  for (const std::string& loss : RegisteredLosses()) {
    const std::string name = loss == "LogCosh" ? "LogCoshError" : loss;
    const bool listed = std::find(names.begin(), names.end(), name) != names.end();
    if (!listed && std::find(of_keras.begin(), of_keras.end(), name) != of_keras.end())
      names.push_back(name);
  }
  return names;
}

absl::Status CheckMetric(const std::string& class_name, const Json& golden) {
  boost::json::object object;
  if (const Json* const config = Member(golden, "config")) object = config->as_object();
  object["name"] = class_name;
  DAGRAD_ASSIGN_OR_RETURN(const Metric metric, Metric::FromJson(object, Own()));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor p, TensorOfCase(golden.at("predictions"), 0));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, TensorOfCase(golden.at("targets"), 1));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor w, TensorOfCase(golden.at("weights"), 0));
  if (y.dims().size() < p.dims().size()) {
    DAGRAD_ASSIGN_OR_RETURN(y, y.Cast(DType::kInt64));
  }
  for (const bool weighted : {false, true}) {
    const char* const key = weighted ? "weighted" : "result";
    DAGRAD_ASSIGN_OR_RETURN(const Tensor result, ResultOver(metric, y, p, w, weighted));
    DAGRAD_RETURN_IF_ERROR(
        ExpectNumbers(key, result, Member(golden.at("expected"), key), kTolerance));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::keras_parity
