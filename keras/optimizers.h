#ifndef DAGRAD_KERAS_OPTIMIZERS_H_
#define DAGRAD_KERAS_OPTIMIZERS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/optimizers/optimizer.h"

namespace dagrad::keras {

using dagrad::AdagradOptions;
using dagrad::AdamOptions;
using dagrad::LearningRate;
using dagrad::RmspropOptions;
using dagrad::SgdOptions;

// An optimizer as Compile takes it: Keras's name for its defaults ("adam"), or made by the
// functions below. The formulas are in optimizers/optimizer.h.
class Optimizer {
 public:
  Optimizer(const char* name)
      : Optimizer(std::string(name)) {}  // NOLINT(google-explicit-constructor)
  Optimizer(const std::string& name) {   // NOLINT(google-explicit-constructor)
    absl::StatusOr<OptimizerPtr> made = MakeOptimizer(name);
    if (made.ok()) rule_ = *std::move(made);
    status_ = made.status();
  }
  Optimizer(OptimizerPtr rule) : rule_(std::move(rule)) {}  // NOLINT(google-explicit-constructor)

  // InvalidArgument for an unknown name or a hyperparameter out of range.
  absl::Status Validate() const { return status_.ok() ? rule_->Validate() : status_; }
  const OptimizerPtr& rule() const { return rule_; }  // only where Validate() is OK

 private:
  OptimizerPtr rule_;
  absl::Status status_;
};

inline Optimizer Sgd(const SgdOptions& options = {}) { return MakeSgd(options); }
inline Optimizer Rmsprop(const RmspropOptions& options = {}) { return MakeRmsprop(options); }
inline Optimizer Adagrad(const AdagradOptions& options = {}) { return MakeAdagrad(options); }
inline Optimizer Adam(const AdamOptions& options = {}) { return MakeAdam(options); }
inline Optimizer AdamW(const AdamOptions& options = {}) { return MakeAdamW(options); }

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_OPTIMIZERS_H_
