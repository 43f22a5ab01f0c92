#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Adamax : public optimizers_internal::ConfiguredOptimizer<Adamax, AdamaxOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "adamax";
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

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const AdamaxOptions& o = options();
    const Value slot = c.Slot("momentum");
    const Value m = slot + (gradient - slot) * (1 - o.beta_1);
    const Value u = Maximum(c.Slot("norm") * o.beta_2, Abs(gradient));
    c.Update("momentum", m);
    c.Update("norm", u);
    const Value step_size = c.InDType(c.learning_rate / (1.0 - Pow(o.beta_1, c.step)));
    return w - step_size * m / (u + o.epsilon);
  }
};

}  // namespace

OptimizerPtr MakeAdamax(const AdamaxOptions& options) {
  return std::make_shared<const Adamax>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::AdamaxFromJson(const Json& json,
                                                                 Schedules schedules) {
  return Adamax::FromJson(json, schedules);
}

}  // namespace dagrad
