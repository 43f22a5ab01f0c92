#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Nadam : public optimizers_internal::ConfiguredOptimizer<Nadam, NadamOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "nadam";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
    visit("epsilon", o.epsilon);
  }

 private:
  absl::Status ValidateOwn() const override {
    DAGRAD_RETURN_IF_ERROR(CheckRange("beta_1", options().beta_1, 0, 1));
    DAGRAD_RETURN_IF_ERROR(CheckRange("beta_2", options().beta_2, 0, 1));
    return CheckNotNegative("epsilon", options().epsilon);
  }

  // μ of step t.
  Value Momentum(Value t) const { return (1.0 - Pow(0.96, t) * 0.5) * options().beta_1; }

  // The product of all μ so far.
  Value OfStep(const StepContext& c) const override {
    const std::string state = c.scope + "/u_product";
    c.slots->push_back({{state, {DType::kFloat64, Shape()}, false, ""}, 1});
    const Value before = c.g->State(state, DType::kFloat64, Shape());
    const Value product = before * Momentum(c.step);
    c.g->Update(state, c.IfUpdates(product, before));
    return product;
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const NadamOptions& o = options();
    Value m = c.Slot("momentum"), v = c.Slot("velocity");
    m = m + (gradient - m) * (1 - o.beta_1);
    v = v + (Square(gradient) - v) * (1 - o.beta_2);
    c.Update("momentum", m);
    c.Update("velocity", v);
    const Value next = Momentum(c.step + 1.0), product = c.of_step;
    const Value of_m = c.InDType(next / (1.0 - product * next));
    const Value of_gradient = c.InDType((1.0 - Momentum(c.step)) / (1.0 - product));
    const Value root = Sqrt(v / c.InDType(1.0 - Pow(o.beta_2, c.step)));
    return w -
           (m * of_m + gradient * of_gradient) * c.InDType(c.learning_rate) / (root + o.epsilon);
  }
};

}  // namespace

OptimizerPtr MakeNadam(const NadamOptions& options) {
  return std::make_shared<const Nadam>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::NadamFromJson(const Json& json,
                                                                Schedules schedules) {
  return Nadam::FromJson(json, schedules);
}

}  // namespace dagrad
