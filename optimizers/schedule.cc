#include "dagrad/optimizers/schedule.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/optimizers/schedules.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad {

LearningRate LearningRate::ExponentialDecay(double initial, int64_t decay_steps, double decay_rate,
                                            bool staircase) {
  return optimizers_internal::MakeExponentialDecay({initial, decay_steps, decay_rate, staircase});
}

LearningRate LearningRate::InverseTimeDecay(double initial, int64_t decay_steps, double decay_rate,
                                            bool staircase) {
  return optimizers_internal::MakeInverseTimeDecay({initial, decay_steps, decay_rate, staircase});
}

LearningRate LearningRate::PolynomialDecay(double initial, int64_t decay_steps, double end,
                                           double power, bool cycle) {
  return optimizers_internal::MakePolynomialDecay({initial, decay_steps, end, power, cycle});
}

LearningRate LearningRate::CosineDecay(double initial, int64_t decay_steps, double alpha,
                                       double warmup_target, int64_t warmup_steps) {
  std::optional<double> target;
  if (warmup_target != kNoWarmup) target = warmup_target;
  return optimizers_internal::MakeCosineDecay({initial, decay_steps, alpha, target, warmup_steps});
}

LearningRate LearningRate::CosineDecayRestarts(double initial, int64_t first_decay_steps,
                                               double t_mul, double m_mul, double alpha) {
  return optimizers_internal::MakeCosineDecayRestarts(
      {initial, first_decay_steps, t_mul, m_mul, alpha});
}

LearningRate LearningRate::PiecewiseConstant(std::vector<int64_t> boundaries,
                                             std::vector<double> values) {
  return optimizers_internal::MakePiecewiseConstant({std::move(boundaries), std::move(values)});
}

absl::Status LearningRate::Validate() const {
  if (!is_schedule_) {
    if (constant_ >= 0 && std::isfinite(constant_)) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("learning rate (constant): ", constant_, " is not a rate"));
  }
  if (schedule_ == nullptr) return InvalidArgumentError("the learning-rate schedule is null");
  return Prefixed(absl::StrCat("learning rate (", schedule_->class_name(), ")"),
                  schedule_->Validate());
}

Value LearningRate::Build(GraphBuilder* g, Value steps) const {
  if (g == nullptr) return Value();
  if (absl::Status s = Validate(); !s.ok()) return g->Fail(s);
  if (!is_schedule_) return Full(g, DType::kFloat64, Shape(), constant_);
  const Value rate = schedule_->Rate(steps);
  if (!rate.valid() || (rate.dtype() == DType::kFloat64 && rate.rank() == 0)) return rate;
  return g->Fail(InvalidArgumentError(absl::StrCat("learning rate (", schedule_->class_name(),
                                                   "): Rate must give a float64 scalar, not ",
                                                   rate.type().ToString())));
}

std::optional<double> LearningRate::constant() const {
  return is_schedule_ ? std::nullopt : std::optional<double>(constant_);
}

double LearningRate::At(int64_t steps) const {
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (!Validate().ok()) return none;
  if (!is_schedule_) return constant_;
  GraphBuilder g("rate");
  g.Output("rate", Build(&g, g.Input("steps", DType::kFloat64, Shape())));
  const absl::StatusOr<Function> function = g.Build();
  if (!function.ok()) return none;
  const Tensor s = Tensor::Scalar<double>(static_cast<double>(steps));
  const absl::StatusOr<runtime::EvaluateResult> r =
      runtime::EvaluateFunction(*function, {{"steps", s}});
  return r.ok() ? r->outputs.at("rate").data<double>()[0] : none;
}

Json LearningRate::ToJson() const {
  if (!is_schedule_) return constant_;
  return schedule_ == nullptr ? Json() : Registry<ScheduleImpl>::ToJson(*schedule_);
}

absl::StatusOr<LearningRate> LearningRate::FromJson(const Json& json,
                                                    absl::Span<const ScheduleClass> custom) {
  double number = 0;
  if (ReadJson(&json, &number)) {
    LearningRate rate = number;
    DAGRAD_RETURN_IF_ERROR(rate.Validate());
    return rate;
  }
  if (!json.is_object()) return InvalidArgumentError("not a learning rate");
  if (Member(json, "kind") == nullptr) {
    DAGRAD_ASSIGN_OR_RETURN(SchedulePtr schedule, ScheduleImpl::All().FromJson(json, custom));
    return LearningRate(std::move(schedule));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Json now, optimizers_internal::ScheduleOfBefore(json));
  DAGRAD_ASSIGN_OR_RETURN(SchedulePtr schedule, ScheduleImpl::All().FromJson(now));
  return LearningRate(std::move(schedule));
}

}  // namespace dagrad
