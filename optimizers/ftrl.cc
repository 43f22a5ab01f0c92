#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Ftrl : public optimizers_internal::ConfiguredOptimizer<Ftrl, FtrlOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "ftrl";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("learning_rate_power", o.learning_rate_power);
    visit("initial_accumulator_value", o.initial_accumulator_value);
    visit("l1_regularization_strength", o.l1_regularization_strength);
    visit("l2_regularization_strength", o.l2_regularization_strength);
    visit("l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength);
    visit("beta", o.beta);
  }

 private:
  absl::Status ValidateOwn() const override {
    const FtrlOptions& o = options();
    DAGRAD_RETURN_IF_ERROR(CheckNotNegative("minus learning_rate_power", -o.learning_rate_power));
    DAGRAD_RETURN_IF_ERROR(
        CheckNotNegative("initial_accumulator_value", o.initial_accumulator_value));
    DAGRAD_RETURN_IF_ERROR(
        CheckNotNegative("l1_regularization_strength", o.l1_regularization_strength));
    DAGRAD_RETURN_IF_ERROR(
        CheckNotNegative("l2_regularization_strength", o.l2_regularization_strength));
    DAGRAD_RETURN_IF_ERROR(CheckNotNegative("l2_shrinkage_regularization_strength",
                                            o.l2_shrinkage_regularization_strength));
    return CheckNotNegative("beta", o.beta);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const FtrlOptions& o = options();
    const Value rate = c.InDType(c.learning_rate);
    const Value before = c.Slot("accumulator", o.initial_accumulator_value);
    const Value after = before + Square(gradient);
    c.Update("accumulator", after);
    const Value power = Pow(after, -o.learning_rate_power);
    const Value sigma = (power - Pow(before, -o.learning_rate_power)) / rate;
    const Value shrunk = gradient + w * (2 * o.l2_shrinkage_regularization_strength);
    const Value linear = c.Slot("linear") + shrunk - sigma * w;
    c.Update("linear", linear);
    const Value quadratic = (power + o.beta) / rate + 2 * o.l2_regularization_strength;
    const double l1 = o.l1_regularization_strength;
    return (Maximum(Minimum(linear, l1), -l1) - linear) / quadratic;
  }
};

}  // namespace

OptimizerPtr MakeFtrl(const FtrlOptions& options) { return std::make_shared<const Ftrl>(options); }

absl::StatusOr<OptimizerPtr> optimizers_internal::FtrlFromJson(const Json& json,
                                                               Schedules schedules) {
  return Ftrl::FromJson(json, schedules);
}

}  // namespace dagrad
