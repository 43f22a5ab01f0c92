#ifndef DAGRAD_KERAS_OPTIMIZERS_OPTIMIZERS_H_
#define DAGRAD_KERAS_OPTIMIZERS_OPTIMIZERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/error.h"
#include "dagrad/optimizers/optimizer.h"

namespace dagrad::keras {

using dagrad::AdadeltaOptions;
using dagrad::AdagradOptions;
using dagrad::AdamaxOptions;
using dagrad::AdamOptions;
using dagrad::FtrlOptions;
using dagrad::LambOptions;
using dagrad::LearningRate;
using dagrad::LionOptions;
using dagrad::NadamOptions;
using dagrad::RmspropOptions;
using dagrad::ScheduleClass;
using dagrad::ScheduleImpl;
using dagrad::SchedulePtr;
using dagrad::SgdOptions;

// An optimizer as Compile takes it: Keras's name for its defaults ("adam"), or made by the
// functions below. The formulas are in optimizers/optimizer.h.
class Optimizer {
 public:
  Optimizer(const char* name)  // NOLINT(google-explicit-constructor)
      : Optimizer(std::string(name == nullptr ? "" : name)) {}
  Optimizer(const std::string& name) {  // NOLINT(google-explicit-constructor)
    absl::StatusOr<OptimizerPtr> made = MakeOptimizer(name);
    if (made.ok()) rule_ = *std::move(made);
    status_ = made.status();
  }
  Optimizer(OptimizerPtr rule) : rule_(std::move(rule)) {}  // NOLINT(google-explicit-constructor)
  Optimizer(const Optimizer&) = default;                    // moves copy
  Optimizer& operator=(const Optimizer&) = default;

  // InvalidArgument for an unknown name, a null rule or a hyperparameter out of range.
  absl::Status Validate() const {
    if (!status_.ok()) return status_;
    if (rule_ == nullptr) return InvalidArgumentError("the optimizer is null");
    return rule_->Validate();
  }
  const OptimizerPtr& rule() const { return rule_; }  // only where Validate() is OK

 private:
  OptimizerPtr rule_;
  absl::Status status_;
};

// By options, Adam({.learning_rate = 0.01, .clipnorm = 1}), or the learning rate first: Adam(0.01),
// Adam(0.01, {.clipnorm = 1}).
inline Optimizer Sgd(const SgdOptions& options = {}) { return MakeSgd(options); }
inline Optimizer Rmsprop(const RmspropOptions& options = {}) { return MakeRmsprop(options); }
inline Optimizer Adagrad(const AdagradOptions& options = {}) { return MakeAdagrad(options); }
inline Optimizer Adam(const AdamOptions& options = {}) { return MakeAdam(options); }
inline Optimizer AdamW(const AdamOptions& options = {}) { return MakeAdamW(options); }
inline Optimizer Adadelta(const AdadeltaOptions& options = {}) { return MakeAdadelta(options); }
inline Optimizer Adamax(const AdamaxOptions& options = {}) { return MakeAdamax(options); }
inline Optimizer Nadam(const NadamOptions& options = {}) { return MakeNadam(options); }
inline Optimizer Ftrl(const FtrlOptions& options = {}) { return MakeFtrl(options); }
inline Optimizer Lion(const LionOptions& options = {}) { return MakeLion(options); }
inline Optimizer Lamb(const LambOptions& options = {}) { return MakeLamb(options); }

inline Optimizer Sgd(LearningRate rate, SgdOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Sgd(options);
}
inline Optimizer Rmsprop(LearningRate rate, RmspropOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Rmsprop(options);
}
inline Optimizer Adagrad(LearningRate rate, AdagradOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Adagrad(options);
}
inline Optimizer Adam(LearningRate rate, AdamOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Adam(options);
}
inline Optimizer AdamW(LearningRate rate, AdamOptions options = {}) {
  options.learning_rate = std::move(rate);
  return AdamW(options);
}
inline Optimizer Adadelta(LearningRate rate, AdadeltaOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Adadelta(options);
}
inline Optimizer Adamax(LearningRate rate, AdamaxOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Adamax(options);
}
inline Optimizer Nadam(LearningRate rate, NadamOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Nadam(options);
}
inline Optimizer Ftrl(LearningRate rate, FtrlOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Ftrl(options);
}
inline Optimizer Lion(LearningRate rate, LionOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Lion(options);
}
inline Optimizer Lamb(LearningRate rate, LambOptions options = {}) {
  options.learning_rate = std::move(rate);
  return Lamb(options);
}

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_OPTIMIZERS_OPTIMIZERS_H_
