#ifndef DAGRAD_OPTIMIZERS_HYPERPARAMETERS_H_
#define DAGRAD_OPTIMIZERS_HYPERPARAMETERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/optimizers/optimizer.h"

// The one list of an optimizer's hyperparameters, T::Fields(options, visitor), written and read as
// JSON.
namespace dagrad::optimizers_internal {

class HyperparameterWriter {
 public:
  explicit HyperparameterWriter(boost::json::object* json) : json_(*json) {}
  void operator()(const char* key, bool value) { json_[key] = value; }
  void operator()(const char* key, double value) { json_[key] = NumberToJson(value); }
  void operator()(const char* key, const std::optional<double>& value) {
    json_[key] = value.has_value() ? NumberToJson(*value) : Json();
  }

 private:
  boost::json::object& json_;
};

// A key that is missing leaves the default; one of another kind is the error.
class HyperparameterReader {
 public:
  explicit HyperparameterReader(const Json& json) : json_(json) {}
  void operator()(const char* key, double& value) {
    if (const Json* json = Find(key)) Check(key, NumberFromJson(*json, &value));
  }
  void operator()(const char* key, bool& value) {
    if (const Json* json = Find(key)) Check(key, ReadJson(json, &value));
  }
  void operator()(const char* key, std::optional<double>& value) {
    const Json* const json = Find(key);
    if (json == nullptr) return;
    value.reset();
    if (!json->is_null()) Check(key, NumberFromJson(*json, &value.emplace()));
  }
  // The first error, after all hyperparameters of `optimizer` have been visited.
  absl::Status Finish(absl::string_view optimizer) const {
    return status_.ok() ? CheckKeys(absl::StrCat("optimizer ", optimizer), json_, known_) : status_;
  }

 private:
  const Json* Find(const char* key) {
    known_.emplace_back(key);
    return Member(json_, key);
  }
  void Check(const char* key, bool good) {
    if (!good)
      status_.Update(
          InvalidArgumentError(absl::StrCat("hyperparameter \"", key, "\" has a bad value")));
  }
  const Json& json_;
  std::vector<std::string> known_ = {"name", "learning_rate"};
  absl::Status status_;
};

template <typename C, typename V>
void CommonFields(C& common, V& visit) {
  visit("weight_decay", common.weight_decay);
  visit("clipvalue", common.clipvalue);
  visit("clipnorm", common.clipnorm);
  visit("global_clipnorm", common.global_clipnorm);
}

// Base of the optimizers: T::Fields(options, visitor) lists what is T's own, T::kName is Keras's
// name.
template <typename T, typename Options>
class ConfiguredOptimizer : public Optimizer {
 public:
  explicit ConfiguredOptimizer(const Options& options)
      : Optimizer(options.learning_rate, {options.weight_decay, options.clipvalue, options.clipnorm,
                                          options.global_clipnorm}),
        options_(options) {}
  absl::string_view name() const override { return T::kName; }
  void WriteOwn(boost::json::object* json) const override {
    HyperparameterWriter writer(json);
    T::Fields(options_, writer);
  }
  static absl::StatusOr<OptimizerPtr> FromJson(const Json& json) {
    Options options;
    HyperparameterReader reader(json);
    CommonFields(options, reader);
    T::Fields(options, reader);
    DAGRAD_RETURN_IF_ERROR(reader.Finish(T::kName));
    if (const Json* const rate = Member(json, "learning_rate")) {
      DAGRAD_ASSIGN_OR_RETURN(options.learning_rate, LearningRate::FromJson(*rate));
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
