#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// The learning rate of a compiled model, and how many steps it has been trained.
namespace dagrad::keras {
namespace {

absl::StatusOr<const dagrad::Optimizer*> RuleOf(const Model::Impl& impl) {
  if (impl.pending.has_value()) return impl.pending->optimizer.rule().get();
  if (!impl.compiled.has_value()) {
    return FailedPreconditionError(
        absl::StrCat("model ", impl.options.name, " must be compiled first"));
  }
  const std::optional<Optimizer>& optimizer = impl.compiled->train.begin()->second.step.optimizer;
  if (optimizer.has_value()) return optimizer->rule().get();
  return FailedPreconditionError(absl::StrCat(
      "model ", impl.options.name, " has no optimizer: its train_step minimizes nothing"));
}

}  // namespace

absl::StatusOr<int64_t> Model::GetIterations() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetIterations"));
  DAGRAD_ASSIGN_OR_RETURN(const dagrad::Optimizer* rule, RuleOf(*impl));
  if (impl->pending.has_value()) return 0;
  const Tensor steps = impl->state.Get(std::string(dagrad::Optimizer::kIterationState));
  return steps.data<int64_t>()[0] / rule->common().gradient_accumulation_steps.value_or(1);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<double> Model::GetLearningRate() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetLearningRate"));
  DAGRAD_ASSIGN_OR_RETURN(const dagrad::Optimizer* rule, RuleOf(*impl));
  if (impl->pending.has_value()) return rule->learning_rate().At(0);
  if (rule->learning_rate().constant().has_value()) {
    const Tensor state = impl->state.Get(std::string(dagrad::Optimizer::kLearningRateState));
    return state.data<double>()[0];
  }
  const Tensor steps = impl->state.Get(std::string(dagrad::Optimizer::kIterationState));
  return rule->learning_rate().At(steps.data<int64_t>()[0]);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::SetLearningRate(double rate) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SetLearningRate"));
  DAGRAD_ASSIGN_OR_RETURN(const dagrad::Optimizer* rule, RuleOf(*impl));
  if (!(rate >= 0) || !std::isfinite(rate)) {
    return InvalidArgumentError(
        absl::StrCat("model ", name(), ": ", rate, " is not a learning rate"));
  }
  if (!rule->learning_rate().constant().has_value()) {
    return FailedPreconditionError(
        absl::StrCat("model ", name(), ": the learning rate is a schedule and cannot be set"));
  }
  if (impl->pending.has_value()) {
    return FailedPreconditionError(
        absl::StrCat("model ", name(),
                     " waits for its first data to be compiled: give its first layer an "
                     "input_shape, or set the rate once it has been trained"));
  }
  Tensor state = impl->state.Get(std::string(dagrad::Optimizer::kLearningRateState));
  state.mutable_data<double>()[0] = rate;
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
