#include "dagrad/optimizers/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad {

LearningRate LearningRate::ExponentialDecay(double initial, int64_t decay_steps, double decay_rate,
                                            bool staircase) {
  LearningRate r(initial);
  r.kind_ = "exponential_decay";
  r.decay_steps_ = decay_steps;
  r.rate_ = decay_rate;
  r.flag_ = staircase;
  return r;
}

LearningRate LearningRate::InverseTimeDecay(double initial, int64_t decay_steps, double decay_rate,
                                            bool staircase) {
  LearningRate r = ExponentialDecay(initial, decay_steps, decay_rate, staircase);
  r.kind_ = "inverse_time_decay";
  return r;
}

LearningRate LearningRate::PolynomialDecay(double initial, int64_t decay_steps, double end,
                                           double power, bool cycle) {
  LearningRate r = ExponentialDecay(initial, decay_steps, end, cycle);
  r.kind_ = "polynomial_decay";
  r.power_ = power;
  return r;
}

LearningRate LearningRate::CosineDecay(double initial, int64_t decay_steps, double alpha,
                                       double warmup_target, int64_t warmup_steps) {
  LearningRate r = ExponentialDecay(initial, decay_steps, alpha);
  r.kind_ = "cosine_decay";
  r.warmup_target_ = warmup_target;
  r.warmup_steps_ = warmup_steps;
  return r;
}

LearningRate LearningRate::CosineDecayRestarts(double initial, int64_t first_decay_steps,
                                               double t_mul, double m_mul, double alpha) {
  LearningRate r = ExponentialDecay(initial, first_decay_steps, alpha);
  r.kind_ = "cosine_decay_restarts";
  r.power_ = t_mul;
  r.m_mul_ = m_mul;
  return r;
}

std::vector<std::string> LearningRate::Schedules() {
  return {"cosine_decay",       "cosine_decay_restarts", "exponential_decay",
          "inverse_time_decay", "piecewise_constant",    "polynomial_decay"};
}

LearningRate LearningRate::PiecewiseConstant(std::vector<int64_t> boundaries,
                                             std::vector<double> values) {
  LearningRate r(values.empty() ? 0 : values[0]);
  r.kind_ = "piecewise_constant";
  r.boundaries_ = std::move(boundaries);
  r.values_ = std::move(values);
  return r;
}

absl::Status LearningRate::Validate() const {
  auto fail = [&](absl::string_view why) {
    return InvalidArgumentError(absl::StrCat("learning rate (", kind_, "): ", why));
  };
  if (!(initial_ >= 0) || !std::isfinite(initial_))
    return fail(absl::StrCat(initial_, " is not a rate"));
  if (decay_steps_ < 1) return fail("decay_steps must be positive");
  if (!std::isfinite(rate_) || !std::isfinite(power_) || !std::isfinite(warmup_target_))
    return fail("a parameter is not finite");
  if (kind_ == "cosine_decay_restarts" && !(power_ >= 1 && m_mul_ > 0 && std::isfinite(m_mul_)))
    return fail("t_mul must be 1 or more, m_mul positive");
  if (warmup_steps_ < 0 || (warmup_steps_ > 0 && !(warmup_target_ >= 0))) {
    return fail("warmup needs a number of steps and a target that are not negative");
  }
  if (warmup_steps_ == 0 && warmup_target_ != kNoWarmup)
    return fail("warmup_target has no effect without warmup_steps");
  if (!std::all_of(values_.begin(), values_.end(), [](double v) { return std::isfinite(v); }))
    return fail("a value is not finite");
  if (kind_ == "piecewise_constant" && values_.size() != boundaries_.size() + 1) {
    return fail("values must be one more than boundaries");
  }
  if (!std::is_sorted(boundaries_.begin(), boundaries_.end())) return fail("boundaries must rise");
  return absl::OkStatus();
}

namespace {

// The same formulas over graph values and over numbers.
double MinOf(double a, double b) { return std::min(a, b); }
double MaxOf(double a, double b) { return std::max(a, b); }
double FloorOf(double a) { return std::floor(a); }
double CeilOf(double a) { return std::ceil(a); }
double CosOf(double a) { return std::cos(a); }
double LogOf(double a) { return std::log(a); }
double PowOf(double a, double b) { return std::pow(a, b); }
double IfLessEqual(double a, double b, double yes, double no) { return a <= b ? yes : no; }
Value MinOf(Value a, double b) { return Minimum(a, b); }
Value MaxOf(Value a, double b) { return Maximum(a, b); }
Value FloorOf(Value a) { return Floor(a); }
Value CeilOf(Value a) { return Ceil(a); }
Value CosOf(Value a) { return Cos(a); }
Value LogOf(Value a) { return Log(a); }
Value PowOf(Value a, double b) { return Pow(a, b); }
Value PowOf(double a, Value b) { return Pow(a, b); }
Value IfLessEqual(Value a, double b, Value yes, Value no) {
  return Select(LessEqual(a, b), yes, no);
}

struct Decay {
  double initial, steps, rate, power, m_mul;
  bool flag;
};

template <typename T>
T Ratio(const Decay& d, T s) {
  T ratio = s / d.steps;
  return d.flag ? FloorOf(ratio) : ratio;
}

template <typename T>
T Polynomial(const Decay& d, T s) {
  T progress = MinOf(s, d.steps) / d.steps;
  if (d.flag) progress = s / (MaxOf(CeilOf(s / d.steps), 1.0) * d.steps);
  return (d.initial - d.rate) * PowOf(1.0 - progress, d.power) + d.rate;
}

template <typename T>
T Cosine(const Decay& d, T s) {
  T progress = MinOf(s, d.steps) / d.steps;
  T factor = (CosOf(progress * std::numbers::pi) + 1.0) * 0.5;
  return factor * ((1 - d.rate) * d.initial) + d.rate * d.initial;
}

// The steps before restart i are steps (1 - t_mulⁱ)/(1 - t_mul).
template <typename T>
T Restarts(const Decay& d, T s) {
  const double t_mul = d.power;
  T share = s / d.steps;
  T restart = FloorOf(share);
  if (t_mul == 1) {
    share = share - restart;
  } else {
    restart = FloorOf(LogOf(share * (t_mul - 1) + 1.0) / std::log(t_mul));
    T length = PowOf(t_mul, restart);
    share = (share - (length - 1.0) / (t_mul - 1)) / length;
  }
  T cosine = (CosOf(share * std::numbers::pi) + 1.0) * 0.5;
  return (PowOf(d.m_mul, restart) * cosine * (1 - d.rate) + d.rate) * d.initial;
}

template <typename T>
T Formula(const std::string& kind, const Decay& d, T s) {
  if (kind == "exponential_decay") return PowOf(d.rate, Ratio(d, s)) * d.initial;
  if (kind == "inverse_time_decay") return d.initial / (Ratio(d, s) * d.rate + 1.0);
  if (kind == "polynomial_decay") return Polynomial(d, s);
  if (kind == "cosine_decay_restarts") return Restarts(d, s);
  return Cosine(d, s);
}

template <typename T>
T WarmCosine(Decay d, double target, double warmup, T s) {
  const double from = d.initial;
  d.initial = target;
  T rising = s * ((target - from) / warmup) + from;
  return IfLessEqual(s, warmup - 1, rising, Cosine(d, MaxOf(s - warmup, 0.0)));
}

// An integer may also be written as 10.0.
template <typename T>
bool ReadNumbers(const Json* json, T* value) {
  if (json == nullptr) return false;
  boost::json::error_code error;
  *value = json->to_number<T>(error);
  return !error;
}

template <typename T>
bool ReadNumbers(const Json* json, std::vector<T>* values) {
  if (json == nullptr || !json->is_array()) return false;
  for (const Json& item : json->get_array()) {
    if (!ReadNumbers(&item, &values->emplace_back())) return false;
  }
  return true;
}

}  // namespace

Value LearningRate::Build(GraphBuilder* g, Value steps) const {
  if (g == nullptr) return Value();
  if (absl::Status s = Validate(); !s.ok()) return g->Fail(s);
  if (kind_ == "constant") return Full(g, DType::kFloat64, Shape(), initial_);
  if (kind_ == "piecewise_constant") {
    Value rate = Full(g, DType::kFloat64, Shape(), values_.back());
    for (int i = static_cast<int>(boundaries_.size()) - 1; i >= 0; --i) {
      rate = Select(LessEqual(steps, static_cast<double>(boundaries_[i])),
                    Full(g, DType::kFloat64, Shape(), values_[i]), rate);
    }
    return rate;
  }
  const Decay d{initial_, static_cast<double>(decay_steps_), rate_, power_, m_mul_, flag_};
  if (warmup_steps_ > 0)
    return WarmCosine(d, warmup_target_, static_cast<double>(warmup_steps_), steps);
  return Formula(kind_, d, steps);
}

std::optional<double> LearningRate::constant() const {
  return kind_ == "constant" ? std::optional<double>(initial_) : std::nullopt;
}

double LearningRate::At(int64_t steps) const {
  if (!Validate().ok()) return std::numeric_limits<double>::quiet_NaN();
  const auto s = static_cast<double>(steps);
  if (kind_ == "constant") return initial_;
  if (kind_ == "piecewise_constant") {
    const auto i =
        std::lower_bound(boundaries_.begin(), boundaries_.end(), steps) - boundaries_.begin();
    return values_[i];
  }
  const Decay d{initial_, static_cast<double>(decay_steps_), rate_, power_, m_mul_, flag_};
  if (warmup_steps_ > 0)
    return WarmCosine(d, warmup_target_, static_cast<double>(warmup_steps_), s);
  return Formula(kind_, d, s);
}

Json LearningRate::ToJson() const {
  if (kind_ == "constant") return initial_;
  boost::json::object json = {{"kind", kind_},
                              {"initial", initial_},
                              {"decay_steps", decay_steps_},
                              {"rate", rate_},
                              {"power", power_},
                              {"flag", flag_},
                              {"warmup_target", warmup_target_},
                              {"warmup_steps", warmup_steps_},
                              {"boundaries", JsonList(boundaries_)},
                              {"values", JsonList(values_)}};
  if (kind_ == "cosine_decay_restarts") json["m_mul"] = m_mul_;
  return json;
}

absl::StatusOr<LearningRate> LearningRate::FromJson(const Json& json) {
  LearningRate r(0);
  if (!ReadJson(&json, &r.initial_)) {
    if (!json.is_object()) return InvalidArgumentError("not a learning rate");
    DAGRAD_RETURN_IF_ERROR(
        CheckKeys("a learning-rate schedule", json,
                  {"kind", "initial", "decay_steps", "rate", "power", "m_mul", "flag",
                   "warmup_target", "warmup_steps", "boundaries", "values"}));
    bool good =
        ReadJson(Member(json, "kind"), &r.kind_) && ReadJson(Member(json, "flag"), &r.flag_);
    auto read = [&](const char* key, auto* member) {
      good = good && ReadNumbers(Member(json, key), member);
    };
    read("initial", &r.initial_);
    read("decay_steps", &r.decay_steps_);
    read("rate", &r.rate_);
    read("power", &r.power_);
    if (Member(json, "m_mul") != nullptr) read("m_mul", &r.m_mul_);  // of one kind alone
    read("warmup_target", &r.warmup_target_);
    read("warmup_steps", &r.warmup_steps_);
    // Earlier versions took and wrote a target without steps.
    if (r.warmup_steps_ == 0) r.warmup_target_ = kNoWarmup;
    read("boundaries", &r.boundaries_);
    read("values", &r.values_);
    const std::vector<std::string> kinds = Schedules();
    good = good && std::find(kinds.begin(), kinds.end(), r.kind_) != kinds.end();
    if (!good) return InvalidArgumentError("not the description of a learning-rate schedule");
  }
  if (absl::Status s = r.Validate(); !s.ok()) return s;
  return r;
}

}  // namespace dagrad
