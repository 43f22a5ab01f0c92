#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Rmsprop : public optimizers_internal::ConfiguredOptimizer<Rmsprop, RmspropOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "rmsprop";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("rho", o.rho);
    visit("momentum", o.momentum);
    visit("epsilon", o.epsilon);
    visit("centered", o.centered);
  }

 private:
  absl::Status ValidateOwn() const override {
    DAGRAD_RETURN_IF_ERROR(CheckRange("rho", options().rho, 0, 1));
    DAGRAD_RETURN_IF_ERROR(CheckNotNegative("momentum", options().momentum));
    return CheckNotNegative("epsilon", options().epsilon);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const double rho = options().rho;
    Value mean_square = c.Slot("velocity") * rho + Square(gradient) * (1 - rho);
    c.Update("velocity", mean_square);
    Value denominator = mean_square + options().epsilon;
    if (options().centered) {
      Value mean = c.Slot("average_gradient") * rho + gradient * (1 - rho);
      c.Update("average_gradient", mean);
      denominator = mean_square - Square(mean) + options().epsilon;
    }
    Value step = c.InDType(c.learning_rate) * gradient / Sqrt(denominator);
    if (options().momentum == 0) return w - step;
    Value momentum = c.Slot("momentum") * options().momentum + step;
    c.Update("momentum", momentum);
    return w - momentum;
  }
};

}  // namespace

OptimizerPtr MakeRmsprop(const RmspropOptions& options) {
  return std::make_shared<const Rmsprop>(options);
}

absl::StatusOr<OptimizerPtr> optimizers_internal::RmspropFromJson(const Json& json,
                                                                  Schedules schedules) {
  return Rmsprop::FromJson(json, schedules);
}

}  // namespace dagrad
