#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/training/adam_update/adam_update.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

template <typename T>
class AdamRule : public optimizers_internal::ConfiguredOptimizer<T, AdamOptions> {
 public:
  using Base = optimizers_internal::ConfiguredOptimizer<T, AdamOptions>;
  using Base::Base;
  using Base::options;
  using typename Base::Context;
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
    visit("epsilon", o.epsilon);
    visit("amsgrad", o.amsgrad);
  }

 private:
  absl::Status ValidateOwn() const override {
    DAGRAD_RETURN_IF_ERROR(this->CheckRange("beta_1", options().beta_1, 0, 1));
    DAGRAD_RETURN_IF_ERROR(this->CheckRange("beta_2", options().beta_2, 0, 1));
    return this->CheckNotNegative("epsilon", options().epsilon);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const AdamOptions& o = options();
    Value m = c.Slot("momentum");
    Value v = c.Slot("velocity");
    const Value correction = Sqrt(1.0 - Pow(o.beta_2, c.step)) / (1.0 - Pow(o.beta_1, c.step));
    const Value step_size = c.InDType(c.learning_rate * correction);
    if (!o.amsgrad) {
      const AdamUpdateResult r =
          AdamUpdate(w, gradient, m, v, step_size, {o.beta_1, o.beta_2, o.epsilon});
      c.Update("momentum", r.m);
      c.Update("velocity", r.v);
      return r.w;
    }
    m = m + (gradient - m) * (1 - o.beta_1);
    v = v + (Square(gradient) - v) * (1 - o.beta_2);
    c.Update("momentum", m);
    c.Update("velocity", v);
    v = Maximum(c.Slot("velocity_hat"), v);
    c.Update("velocity_hat", v);
    return w - step_size * m / (Sqrt(v) + o.epsilon);
  }
};

class Adam : public AdamRule<Adam> {
 public:
  using AdamRule::AdamRule;
  static constexpr const char* kName = "adam";
};

class AdamW : public AdamRule<AdamW> {
 public:
  explicit AdamW(AdamOptions options) : AdamRule((SetDecay(&options), options)) {}
  static constexpr const char* kName = "adamw";

 private:
  static void SetDecay(AdamOptions* o) {
    if (!o->weight_decay.has_value()) o->weight_decay = 0.004;
  }
};

}  // namespace

OptimizerPtr MakeAdam(const AdamOptions& options) { return std::make_shared<const Adam>(options); }
OptimizerPtr MakeAdamW(const AdamOptions& options) {
  return std::make_shared<const AdamW>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::AdamFromJson(const Json& json,
                                                               Schedules schedules) {
  return Adam::FromJson(json, schedules);
}
absl::StatusOr<OptimizerPtr> optimizers_internal::AdamWFromJson(const Json& json,
                                                                Schedules schedules) {
  return AdamW::FromJson(json, schedules);
}

}  // namespace dagrad
