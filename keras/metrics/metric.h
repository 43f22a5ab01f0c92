#ifndef DAGRAD_KERAS_METRICS_METRIC_H_
#define DAGRAD_KERAS_METRICS_METRIC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/losses/loss.h"

namespace dagrad::keras {

// Which values of a metric are the better ones.
enum class Direction { kUnknown, kDown, kUp };

class MetricImpl;
using MetricPtr = std::shared_ptr<const MetricImpl>;
using MetricClass = ObjectClass<MetricImpl>;

// What a class of metrics implements; metrics.h has Keras's. A step function computes sums over its
// batch; they are added up over the batches in double precision, and Result makes the metric of
// them. A metric of your own derives from Configured<…, MetricImpl, …> (config/configured.h), is
// wrapped in a Metric, and is given to Model::Load as CustomObjects::metrics. Immutable;
// thread-safe.
class MetricImpl : public ConfiguredObject {
 public:
  using Kind = MetricImpl;

  // The metric that stands for this one with an output of this type under this loss; null: this
  // one.
  virtual MetricPtr Resolve(const ValueType& /*output*/, const Loss& /*loss*/) const {
    return nullptr;
  }
  virtual TargetKind target_kind() const { return TargetKind::kDense; }
  // For callbacks that monitor it.
  virtual Direction direction() const { return Direction::kUnknown; }
  // Whether it takes targets of `kind`, the loss's, for an output of this type. Class numbers of an
  // output of one column are dense targets, too.
  virtual bool Takes(const ValueType& output, TargetKind kind) const;
  // Whether steps that the mask of the output leaves out do not count: they weigh 0, and every step
  // is an example then. In Keras it is so in means, but not in root_mean_squared_error.
  virtual bool reads_mask() const { return false; }
  // Sums over the batch, as many for every batch, of shapes that do not depend on it. `weights`
  // (per example, [batch]) may be invalid: all 1.
  virtual std::vector<Value> Accumulate(Value target, Value prediction, Value weights) const = 0;
  // Of the sums over all batches, float64, in the shapes that Accumulate gave them. A scalar is
  // shown and kept in History; another tensor is in the logs as a tensor.
  virtual Tensor Result(absl::Span<const Tensor> sums) const = 0;
};

// A metric as Compile takes it: Keras's name, or that of a loss, whose mean it is then; or made by
// the functions of metrics.h; or a loss with options.
class Metric {
 public:
  Metric(const char* name);         // NOLINT(google-explicit-constructor): .metrics = {"accuracy"}
  Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
  Metric(const Loss& loss);         // NOLINT(google-explicit-constructor): the mean of it
  // `name`: as shown; empty: that of the class.
  Metric(MetricPtr impl, const std::string& name = "");  // NOLINT(google-explicit-constructor)
  Metric(const Metric&) = default;                       // moves copy
  Metric& operator=(const Metric&) = default;
  static Metric BinaryAccuracy(double threshold = 0.5);

  // As given: the key in Logs and History ("accuracy", "mae").
  const std::string& name() const { return name_; }
  // InvalidArgument for an unknown name, a null impl or an option out of range.
  absl::Status Validate() const;
  // "accuracy" made definite for an output of this type under this loss; any other metric as it is.
  Metric Resolve(const ValueType& output, const Loss& loss) const;
  // InvalidArgument where an output of this type with targets of this kind does not suit: metrics
  // of class numbers need these, others need targets as the output, or an output of one column.
  absl::Status CheckTarget(const ValueType& output, TargetKind kind) const;

  bool reads_mask() const { return impl_ != nullptr && impl_->reads_mask(); }
  // Of MetricImpl; what is not valid is the builder's error.
  std::vector<Value> Accumulate(Value target, Value prediction, Value weights) const;
  // Of MetricImpl; NaN without sums.
  Tensor Result(absl::Span<const Tensor> sums) const;
  // Null where the name is unknown.
  const MetricPtr& impl() const { return impl_; }

  // {"name": "binary_accuracy", "threshold": 0.3}, with "class" where the name says another one.
  Json ToJson() const;
  // `custom`, `custom_losses`: the classes of the program's own. A key that the metric does not
  // have is an error.
  static absl::StatusOr<Metric> FromJson(const Json& json,
                                         absl::Span<const MetricClass> custom = {},
                                         absl::Span<const LossClass> custom_losses = {});

 private:
  std::string name_;  // as shown
  MetricPtr impl_;
  absl::Status status_;
};

// Names of metrics that are not those of losses, and of "cosine_similarity", which as a metric has
// the other sign; sorted.
std::vector<std::string> MetricNames();
// Other names of these: "acc", "rmse", …
std::vector<std::string> MetricAliases();
// What files and names find.
const std::vector<MetricClass>& MetricClasses();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_METRICS_METRIC_H_
