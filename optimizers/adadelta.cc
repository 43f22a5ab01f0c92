#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Adadelta : public optimizers_internal::ConfiguredOptimizer<Adadelta, AdadeltaOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "adadelta";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("rho", o.rho);
    visit("epsilon", o.epsilon);
  }

 private:
  absl::Status ValidateOwn() const override {
    DAGRAD_RETURN_IF_ERROR(CheckRange("rho", options().rho, 0, 1));
    return CheckNotNegative("epsilon", options().epsilon);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const double rho = options().rho, epsilon = options().epsilon;
    const Value squares = c.Slot("accumulated_grad") * rho + Square(gradient) * (1 - rho);
    c.Update("accumulated_grad", squares);
    const Value steps = c.Slot("accumulated_delta_var");
    const Value step = Sqrt(steps + epsilon) * gradient / Sqrt(squares + epsilon);
    c.Update("accumulated_delta_var", steps * rho + Square(step) * (1 - rho));
    return w - c.InDType(c.learning_rate) * step;
  }
};

}  // namespace

OptimizerPtr MakeAdadelta(const AdadeltaOptions& options) {
  return std::make_shared<const Adadelta>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::AdadeltaFromJson(const Json& json,
                                                                   Schedules schedules) {
  return Adadelta::FromJson(json, schedules);
}

}  // namespace dagrad
