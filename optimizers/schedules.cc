#include "dagrad/optimizers/schedules.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad {
namespace optimizers_internal {
namespace {

absl::Status CheckStart(double initial, int64_t steps) {
  if (!(initial >= 0) || !std::isfinite(initial))
    return InvalidArgumentError(absl::StrCat(initial, " is not a rate"));
  if (steps < 1) return InvalidArgumentError("decay_steps must be positive");
  return absl::OkStatus();
}

absl::Status CheckFinite(std::initializer_list<double> parameters) {
  for (const double p : parameters) {
    if (!std::isfinite(p)) return InvalidArgumentError("a parameter is not finite");
  }
  return absl::OkStatus();
}

// The periods of `n` steps that are over: a number, with `whole` rounded down.
Value Periods(Value steps, int64_t n, bool whole) {
  const Value periods = steps / static_cast<double>(n);
  return whole ? Floor(periods) : periods;
}

// The share of `n` steps, 1 behind them.
Value Progress(Value steps, int64_t n) {
  const auto all = static_cast<double>(n);
  return Minimum(steps, all) / all;
}

// From 1 to 0 as `progress` goes from 0 to 1.
Value HalfCosine(Value progress) { return (Cos(progress * std::numbers::pi) + 1.0) * 0.5; }

template <typename T>
class Decay : public Configured<T, ScheduleImpl, DecayOptions> {
 public:
  using Configured<T, ScheduleImpl, DecayOptions>::Configured;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("decay_rate", o.decay_rate);
    visit("staircase", o.staircase);
  }
  absl::Status Validate() const override {
    const DecayOptions& o = this->options();
    DAGRAD_RETURN_IF_ERROR(CheckStart(o.initial_learning_rate, o.decay_steps));
    return CheckFinite({o.decay_rate});
  }
};

class Exponential : public Decay<Exponential> {
 public:
  using Decay::Decay;
  static constexpr const char* kName = "exponential_decay";
  static constexpr const char* kAliases[] = {"ExponentialDecay"};
  Value Rate(Value steps) const override {
    const DecayOptions& o = options();
    return Pow(o.decay_rate, Periods(steps, o.decay_steps, o.staircase)) * o.initial_learning_rate;
  }
};

class InverseTime : public Decay<InverseTime> {
 public:
  using Decay::Decay;
  static constexpr const char* kName = "inverse_time_decay";
  static constexpr const char* kAliases[] = {"InverseTimeDecay"};
  Value Rate(Value steps) const override {
    const DecayOptions& o = options();
    const Value divisor = Periods(steps, o.decay_steps, o.staircase) * o.decay_rate + 1.0;
    return o.initial_learning_rate / divisor;
  }
};

class Polynomial : public Configured<Polynomial, ScheduleImpl, PolynomialOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "polynomial_decay";
  static constexpr const char* kAliases[] = {"PolynomialDecay"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("end_learning_rate", o.end_learning_rate);
    visit("power", o.power);
    visit("cycle", o.cycle);
  }
  absl::Status Validate() const override {
    const PolynomialOptions& o = options();
    DAGRAD_RETURN_IF_ERROR(CheckStart(o.initial_learning_rate, o.decay_steps));
    return CheckFinite({o.end_learning_rate, o.power});
  }
  Value Rate(Value steps) const override {
    const PolynomialOptions& o = options();
    Value progress = Progress(steps, o.decay_steps);
    if (o.cycle) {
      const auto n = static_cast<double>(o.decay_steps);
      progress = steps / (Maximum(Ceil(steps / n), 1.0) * n);
    }
    const double range = o.initial_learning_rate - o.end_learning_rate;
    return Pow(1.0 - progress, o.power) * range + o.end_learning_rate;
  }
};

class Cosine : public Configured<Cosine, ScheduleImpl, CosineOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "cosine_decay";
  static constexpr const char* kAliases[] = {"CosineDecay"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("decay_steps", o.decay_steps);
    visit("alpha", o.alpha);
    visit("warmup_target", o.warmup_target);
    visit("warmup_steps", o.warmup_steps);
  }
  absl::Status Validate() const override {
    const CosineOptions& o = options();
    DAGRAD_RETURN_IF_ERROR(CheckStart(o.initial_learning_rate, o.decay_steps));
    const double target = o.warmup_target.value_or(0);
    DAGRAD_RETURN_IF_ERROR(CheckFinite({o.alpha, target}));
    if (o.warmup_steps < 0 ||
        (o.warmup_steps > 0 && !(o.warmup_target.has_value() && target >= 0))) {
      return InvalidArgumentError(
          "warmup needs a number of steps and a target that are not negative");
    }
    if (o.warmup_steps > 0 || !o.warmup_target.has_value()) return absl::OkStatus();
    return InvalidArgumentError("warmup_target has no effect without warmup_steps");
  }
  Value Rate(Value steps) const override {
    const CosineOptions& o = options();
    if (o.warmup_steps == 0) return Falling(steps, o.initial_learning_rate);
    const auto warmup = static_cast<double>(o.warmup_steps);
    const double rise = (*o.warmup_target - o.initial_learning_rate) / warmup;
    const Value falling = Falling(Maximum(steps - warmup, 0.0), *o.warmup_target);
    return Select(Less(steps, warmup), steps * rise + o.initial_learning_rate, falling);
  }

 private:
  Value Falling(Value steps, double from) const {
    const CosineOptions& o = options();
    const Value share = HalfCosine(Progress(steps, o.decay_steps));
    return share * ((1 - o.alpha) * from) + o.alpha * from;
  }
};

class Restarts : public Configured<Restarts, ScheduleImpl, RestartsOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "cosine_decay_restarts";
  static constexpr const char* kAliases[] = {"CosineDecayRestarts"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("initial_learning_rate", o.initial_learning_rate);
    visit("first_decay_steps", o.first_decay_steps);
    visit("t_mul", o.t_mul);
    visit("m_mul", o.m_mul);
    visit("alpha", o.alpha);
  }
  absl::Status Validate() const override {
    const RestartsOptions& o = options();
    DAGRAD_RETURN_IF_ERROR(CheckStart(o.initial_learning_rate, o.first_decay_steps));
    DAGRAD_RETURN_IF_ERROR(CheckFinite({o.t_mul, o.m_mul, o.alpha}));
    if (o.t_mul >= 1 && o.m_mul > 0) return absl::OkStatus();
    return InvalidArgumentError("t_mul must be 1 or more, m_mul positive");
  }
  // The steps before restart i are first_decay_steps (1 - t_mulⁱ)/(1 - t_mul). The logarithm may
  // be rounded down at a restart.
  Value Rate(Value steps) const override {
    const RestartsOptions& o = options();
    Value share = steps / static_cast<double>(o.first_decay_steps);
    Value restart = Floor(share);
    if (o.t_mul == 1) {
      share = share - restart;
    } else {
      const auto before = [&](Value i) { return (Pow(o.t_mul, i) - 1.0) / (o.t_mul - 1); };
      restart = Floor(Log(share * (o.t_mul - 1) + 1.0) / std::log(o.t_mul));
      restart = Select(GreaterEqual(share, before(restart + 1.0)), restart + 1.0, restart);
      share = (share - before(restart)) / Pow(o.t_mul, restart);
    }
    const Value factor = Pow(o.m_mul, restart) * HalfCosine(share);
    return (factor * (1 - o.alpha) + o.alpha) * o.initial_learning_rate;
  }
};

class Piecewise : public Configured<Piecewise, ScheduleImpl, PiecewiseOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "piecewise_constant_decay";
  static constexpr const char* kAliases[] = {"PiecewiseConstantDecay"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("boundaries", o.boundaries);
    visit("values", o.values);
  }
  absl::Status Validate() const override {
    const auto& [boundaries, values] = options();
    for (const double v : values) {
      if (!(v >= 0) || !std::isfinite(v))
        return InvalidArgumentError(absl::StrCat(v, " is not a rate"));
    }
    if (values.size() != boundaries.size() + 1)
      return InvalidArgumentError("values must be one more than boundaries");
    if (std::is_sorted(boundaries.begin(), boundaries.end())) return absl::OkStatus();
    return InvalidArgumentError("boundaries must rise");
  }
  Value Rate(Value steps) const override {
    const auto& [boundaries, values] = options();
    GraphBuilder* const g = steps.builder();
    Value rate = Full(g, DType::kFloat64, Shape(), values.back());
    for (size_t i = boundaries.size(); i-- > 0;) {
      rate = Select(LessEqual(steps, static_cast<double>(boundaries[i])),
                    Full(g, DType::kFloat64, Shape(), values[i]), rate);
    }
    return rate;
  }
};

// How earlier versions named the options: one name for several.
struct Renamed {
  const char* kind;
  const char* was;
  const char* is;
};
constexpr Renamed kRenamed[] = {
    {"exponential_decay", "initial", "initial_learning_rate"},
    {"exponential_decay", "decay_steps", "decay_steps"},
    {"exponential_decay", "rate", "decay_rate"},
    {"exponential_decay", "flag", "staircase"},
    {"inverse_time_decay", "initial", "initial_learning_rate"},
    {"inverse_time_decay", "decay_steps", "decay_steps"},
    {"inverse_time_decay", "rate", "decay_rate"},
    {"inverse_time_decay", "flag", "staircase"},
    {"polynomial_decay", "initial", "initial_learning_rate"},
    {"polynomial_decay", "decay_steps", "decay_steps"},
    {"polynomial_decay", "rate", "end_learning_rate"},
    {"polynomial_decay", "power", "power"},
    {"polynomial_decay", "flag", "cycle"},
    {"cosine_decay", "initial", "initial_learning_rate"},
    {"cosine_decay", "decay_steps", "decay_steps"},
    {"cosine_decay", "rate", "alpha"},
    {"cosine_decay", "warmup_target", "warmup_target"},
    {"cosine_decay", "warmup_steps", "warmup_steps"},
    {"cosine_decay_restarts", "initial", "initial_learning_rate"},
    {"cosine_decay_restarts", "decay_steps", "first_decay_steps"},
    {"cosine_decay_restarts", "rate", "alpha"},
    {"cosine_decay_restarts", "power", "t_mul"},
    {"cosine_decay_restarts", "m_mul", "m_mul"},
    {"piecewise_constant", "boundaries", "boundaries"},
    {"piecewise_constant", "values", "values"},
};

}  // namespace

SchedulePtr MakeExponentialDecay(DecayOptions options) {
  return std::make_shared<Exponential>(options);
}
SchedulePtr MakeInverseTimeDecay(DecayOptions options) {
  return std::make_shared<InverseTime>(options);
}
SchedulePtr MakePolynomialDecay(PolynomialOptions options) {
  return std::make_shared<Polynomial>(options);
}
SchedulePtr MakeCosineDecay(CosineOptions options) { return std::make_shared<Cosine>(options); }
SchedulePtr MakeCosineDecayRestarts(RestartsOptions options) {
  return std::make_shared<Restarts>(options);
}
SchedulePtr MakePiecewiseConstant(PiecewiseOptions options) {
  return std::make_shared<Piecewise>(std::move(options));
}

absl::StatusOr<Json> ScheduleOfBefore(const Json& json) {
  const auto bad = [] {
    return InvalidArgumentError("not the description of a learning-rate schedule");
  };
  DAGRAD_RETURN_IF_ERROR(
      CheckKeys("a learning-rate schedule", json,
                {"kind", "initial", "decay_steps", "rate", "power", "m_mul", "flag",
                 "warmup_target", "warmup_steps", "boundaries", "values"}));
  std::string kind;
  if (!ReadJson(Member(json, "kind"), &kind)) return bad();
  boost::json::object options;
  for (const Renamed& r : kRenamed) {
    if (kind != r.kind) continue;
    const Json* const value = Member(json, r.was);
    if (value == nullptr) return bad();
    options[r.is] = *value;
  }
  if (options.empty()) return bad();
  options["name"] = kind == "piecewise_constant" ? Piecewise::kName : kind;
  // Also written was a target without steps.
  int64_t warmup_steps = 0;
  if (ReadJson(options.if_contains("warmup_steps"), &warmup_steps) && warmup_steps == 0)
    options["warmup_target"] = Json();
  return Json(std::move(options));
}

}  // namespace optimizers_internal

const Registry<ScheduleImpl>& ScheduleImpl::All() {
  using namespace optimizers_internal;  // NOLINT(google-build-using-namespace): classes of this
                                        // file
  static const auto* const all = new Registry<ScheduleImpl>(
      "a learning-rate schedule", {Cosine::Class(), Restarts::Class(), Exponential::Class(),
                                   InverseTime::Class(), Piecewise::Class(), Polynomial::Class()});
  return *all;
}

const std::vector<ScheduleClass>& ScheduleClasses() { return ScheduleImpl::All().classes(); }

}  // namespace dagrad
