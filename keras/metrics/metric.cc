#include "dagrad/keras/metrics/metric.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/metrics/registry.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

using losses_internal::Losses;
using metrics_internal::Metrics;

bool HasOneColumn(const ValueType& output) {
  return output.shape.rank() > 0 && output.shape.dim(-1) == Dim(1);
}

// Class numbers of an output of one column: as that column. Other targets as they are.
Value AsColumn(Value y, Value p) {
  if (!y.valid() || y.rank() == p.rank() || !HasOneColumn(p.type())) return y;
  return Cast(Reshape(y, p.shape()), p.dtype());
}

absl::Status UnknownMetric(const std::string& name) {
  std::vector<std::string> known = MetricNames();
  for (std::string& loss : LossNames()) known.push_back(std::move(loss));
  return InvalidArgumentError(
      absl::StrCat("unknown metric \"", name, "\"", PerhapsOf(name, known)));
}

// The class that `name` stands for: of a metric, else of a loss. "" if there is none.
std::string ClassNamed(const std::string& name, absl::Span<const MetricClass> custom = {},
                       absl::Span<const LossClass> custom_losses = {}) {
  if (const MetricClass* metric = Metrics().Find(name, custom)) return metric->name;
  if (const LossClass* loss = Losses().Find(name, custom_losses)) return loss->name;
  // Where Keras names the metric otherwise than the loss.
  if (name == "log_cosh_error" || name == "LogCoshError") return "log_cosh";
  return "";
}

// Or is a class of the program's own, which knows best.
bool HasThreshold(const std::string& class_name) {
  const MetricClass* const metric = Metrics().Find(class_name);
  if (metric == nullptr) return Losses().Find(class_name) == nullptr;
  const absl::StatusOr<MetricPtr> plain = metric->make(boost::json::object());
  return plain.ok() && Member((*plain)->Config(), "threshold") != nullptr;
}

// Earlier versions gave every metric a threshold, which did nothing where there is none.
void ReadThresholdOfBefore(const std::string& class_name, boost::json::object* options) {
  const auto threshold = options->find("threshold");
  if (threshold == options->end() || HasThreshold(class_name)) return;
  const Json value = threshold->value();
  options->erase("threshold");
  if (class_name == "precision" || class_name == "recall")
    options->emplace("thresholds", boost::json::array{value});
}

absl::StatusOr<MetricPtr> Make(const std::string& class_name, const Json& options,
                               absl::Span<const MetricClass> custom,
                               absl::Span<const LossClass> custom_losses) {
  if (Metrics().Find(class_name, custom) != nullptr)
    return Metrics().Make(class_name, options, custom);
  absl::StatusOr<LossPtr> loss = Losses().Make(class_name, options, custom_losses);
  if (!loss.ok()) return loss.status();
  return metrics_internal::MeanOf(Loss(*std::move(loss)));
}

}  // namespace

bool MetricImpl::Takes(const ValueType& output, TargetKind kind) const {
  return target_kind() == kind || (target_kind() == TargetKind::kDense && HasOneColumn(output));
}

Metric::Metric(const char* name) : Metric(std::string(name == nullptr ? "" : name)) {}

Metric::Metric(const std::string& name) : name_(name) {
  // As Keras's compile has it, whatever the case: "Accuracy" is the name of another class, too.
  const std::string lower = absl::AsciiStrToLower(name);
  const bool accuracy = lower == "accuracy" || lower == "acc";
  const std::string class_name = accuracy ? "accuracy" : ClassNamed(name);
  if (class_name.empty()) {
    status_ = UnknownMetric(name);
    return;
  }
  absl::StatusOr<MetricPtr> made = Make(class_name, boost::json::object(), {}, {});
  if (made.ok()) impl_ = *std::move(made);
  status_ = made.status();
}

Metric::Metric(const Loss& loss) : name_(loss.name()), status_(loss.Validate()) {
  if (status_.ok()) impl_ = metrics_internal::MeanOf(loss);
}

Metric::Metric(MetricPtr impl, const std::string& name) : name_(name), impl_(std::move(impl)) {
  if (impl_ == nullptr) {
    status_ = InvalidArgumentError("the metric is null");
  } else if (name_.empty()) {
    name_ = std::string(impl_->class_name());
  }
}

Metric Metric::BinaryAccuracy(double threshold) {
  return metrics::BinaryAccuracy({.threshold = threshold});
}

absl::Status Metric::Validate() const {
  if (!status_.ok()) return status_;
  return Prefixed(absl::StrCat("metric \"", name_, "\""), impl_->Validate());
}

Metric Metric::Resolve(const ValueType& output, const Loss& loss) const {
  Metric m = *this;
  if (impl_ == nullptr) return m;
  if (MetricPtr definite = impl_->Resolve(output, loss)) m.impl_ = std::move(definite);
  return m;
}

absl::Status Metric::CheckTarget(const ValueType& output, TargetKind kind) const {
  if (!status_.ok()) return status_;
  if (impl_->Takes(output, kind)) return absl::OkStatus();
  const bool sparse = impl_->target_kind() == TargetKind::kSparse;
  return InvalidArgumentError(
      absl::StrCat("metric \"", name_, "\" needs ",
                   sparse ? "class numbers" : "targets shaped as the output", ", unlike the loss"));
}

std::vector<Value> Metric::Accumulate(Value target, Value prediction, Value weights) const {
  if (prediction.builder() == nullptr) return {};
  if (absl::Status s = Validate(); !s.ok()) return {prediction.builder()->Fail(s)};
  if (impl_->target_kind() == TargetKind::kDense) target = AsColumn(target, prediction);
  return impl_->Accumulate(target, prediction, weights);
}

Tensor Metric::Result(absl::Span<const Tensor> sums) const {
  if (impl_ == nullptr || sums.empty())
    return Tensor::Scalar(std::numeric_limits<double>::quiet_NaN());
  return impl_->Result(sums);
}

Json Metric::ToJson() const {
  if (impl_ == nullptr) return {{"name", name_}};
  Json json = impl_->Config();
  boost::json::object& object = json.get_object();
  object["name"] = name_;
  const std::string class_name(impl_->class_name());
  if (ClassNamed(name_) != class_name) object["class"] = class_name;
  return json;
}

absl::StatusOr<Metric> Metric::FromJson(const Json& json, absl::Span<const MetricClass> custom,
                                        absl::Span<const LossClass> custom_losses) {
  std::string name;
  if (!ReadJson(Member(json, "name"), &name))
    return InvalidArgumentError("not the description of a metric");
  boost::json::object options = json.get_object();
  options.erase("name");
  std::string given = name;
  if (const Json* const class_name = Member(json, "class")) {
    if (!ReadJson(class_name, &given))
      return InvalidArgumentError("the class of a metric is a text");
    options.erase("class");
  }
  const std::string class_name = ClassNamed(given, custom, custom_losses);
  if (class_name.empty()) {
    return InvalidArgumentError(
        absl::StrCat(UnknownMetric(given).message(),
                     "; classes of your own are given to Load as custom_objects"));
  }
  ReadThresholdOfBefore(class_name, &options);
  absl::StatusOr<MetricPtr> made = Make(class_name, options, custom, custom_losses);
  if (!made.ok()) return made.status();
  return Metric(*std::move(made), name);
}

}  // namespace dagrad::keras
