#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// The learning rate of a compiled model, and how many steps it has been trained.
namespace dagrad::keras {
namespace {

absl::StatusOr<const LearningRate*> RateOf(const Model::Impl& impl) {
  if (!impl.compiled.has_value()) {
    return FailedPreconditionError(
        absl::StrCat("model ", impl.options.name, " must be compiled first"));
  }
  return &impl.compiled->options.optimizer.rule()->learning_rate();
}

}  // namespace

absl::StatusOr<int64_t> Model::GetIterations() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetIterations"));
  DAGRAD_RETURN_IF_ERROR(RateOf(*impl).status());
  const Tensor steps = impl->state.Get(std::string(dagrad::Optimizer::kIterationState));
  const dagrad::OptimizerCommon& o = impl->compiled->options.optimizer.rule()->common();
  return steps.data<int64_t>()[0] / o.gradient_accumulation_steps.value_or(1);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<double> Model::GetLearningRate() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetLearningRate"));
  DAGRAD_ASSIGN_OR_RETURN(const LearningRate* rate, RateOf(*impl));
  if (rate->constant().has_value()) {
    const Tensor state = impl->state.Get(std::string(dagrad::Optimizer::kLearningRateState));
    return state.data<double>()[0];
  }
  const Tensor steps = impl->state.Get(std::string(dagrad::Optimizer::kIterationState));
  return rate->At(steps.data<int64_t>()[0]);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::SetLearningRate(double rate) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("SetLearningRate"));
  DAGRAD_ASSIGN_OR_RETURN(const LearningRate* current, RateOf(*impl));
  if (!(rate >= 0) || !std::isfinite(rate)) {
    return InvalidArgumentError(
        absl::StrCat("model ", name(), ": ", rate, " is not a learning rate"));
  }
  if (!current->constant().has_value()) {
    return FailedPreconditionError(
        absl::StrCat("model ", name(), ": the learning rate is a schedule and cannot be set"));
  }
  Tensor state = impl->state.Get(std::string(dagrad::Optimizer::kLearningRateState));
  state.mutable_data<double>()[0] = rate;
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
