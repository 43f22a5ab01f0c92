#ifndef DAGRAD_OPTIMIZERS_HYPERPARAMETERS_H_
#define DAGRAD_OPTIMIZERS_HYPERPARAMETERS_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/config/fields.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/optimizers/optimizer.h"

// The one list of an optimizer's hyperparameters, T::Fields(options, visitor), written and read as
// JSON.
namespace dagrad::optimizers_internal {

template <typename C, typename V>
void CommonFields(C& common, V& visit) {
  visit("weight_decay", common.weight_decay);
  visit("clipvalue", common.clipvalue);
  visit("clipnorm", common.clipnorm);
  visit("global_clipnorm", common.global_clipnorm);
  visit("use_ema", common.use_ema);
  visit("ema_momentum", common.ema_momentum);
  visit("ema_overwrite_frequency", common.ema_overwrite_frequency);
  visit("gradient_accumulation_steps", common.gradient_accumulation_steps);
  visit("exclude_from_weight_decay", common.exclude_from_weight_decay);
}

template <typename Options>
OptimizerCommon CommonOf(const Options& o) {
  return {o.weight_decay,
          o.clipvalue,
          o.clipnorm,
          o.global_clipnorm,
          o.use_ema,
          o.ema_momentum,
          o.ema_overwrite_frequency,
          o.gradient_accumulation_steps,
          o.exclude_from_weight_decay};
}

// Base of the optimizers: T::Fields(options, visitor) lists what is T's own, T::kName is Keras's
// name.
template <typename T, typename Options>
class ConfiguredOptimizer : public Optimizer {
 public:
  explicit ConfiguredOptimizer(const Options& options)
      : Optimizer(options.learning_rate, CommonOf(options)), options_(options) {}
  absl::string_view name() const override { return T::kName; }
  Json WriteOwn() const override {
    FieldWriter writer;
    T::Fields(options_, writer);
    return writer.Take();
  }
  // `schedules`: classes of the program's own.
  static absl::StatusOr<OptimizerPtr> FromJson(const Json& json,
                                               absl::Span<const ScheduleClass> schedules) {
    Options options;
    FieldReader reader(json, {"name", "learning_rate"});
    CommonFields(options, reader);
    T::Fields(options, reader);
    DAGRAD_RETURN_IF_ERROR(reader.Finish(absl::StrCat("optimizer ", T::kName)));
    if (const Json* const rate = Member(json, "learning_rate")) {
      DAGRAD_ASSIGN_OR_RETURN(options.learning_rate, LearningRate::FromJson(*rate, schedules));
    }
    auto made = std::make_shared<const T>(options);
    DAGRAD_RETURN_IF_ERROR(made->Validate());
    return OptimizerPtr(std::move(made));
  }

 protected:
  const Options& options() const { return options_; }
  static absl::Status CheckRange(const char* what, double value, double lo, double below) {
    if (value >= lo && value < below) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat(what, " must be in [", lo, ", ", below, "), not ", value));
  }
  static absl::Status CheckNotNegative(const char* what, double value) {
    if (value >= 0) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat(what, " must not be negative: ", value));
  }

 private:
  Options options_;
};

}  // namespace dagrad::optimizers_internal

#endif  // DAGRAD_OPTIMIZERS_HYPERPARAMETERS_H_
