#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Adagrad : public optimizers_internal::ConfiguredOptimizer<Adagrad, AdagradOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "adagrad";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("initial_accumulator_value", o.initial_accumulator_value);
    visit("epsilon", o.epsilon);
  }

 private:
  absl::Status ValidateOwn() const override {
    DAGRAD_RETURN_IF_ERROR(
        CheckNotNegative("initial_accumulator_value", options().initial_accumulator_value));
    return CheckNotNegative("epsilon", options().epsilon);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    Value sum = c.Slot("accumulator", options().initial_accumulator_value) + Square(gradient);
    c.Update("accumulator", sum);
    return w - c.InDType(c.learning_rate) * gradient / Sqrt(sum + options().epsilon);
  }
};

}  // namespace

OptimizerPtr MakeAdagrad(const AdagradOptions& options) {
  return std::make_shared<const Adagrad>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::AdagradFromJson(const Json& json,
                                                                  Schedules schedules) {
  return Adagrad::FromJson(json, schedules);
}

}  // namespace dagrad
