#include <memory>

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Lamb : public optimizers_internal::ConfiguredOptimizer<Lamb, LambOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "lamb";
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

  static Value Norm(Value x) { return Sqrt(ReduceSum(Square(x))); }
  // Of two norms; 1 where either is 0.
  static Value Ratio(Value of_weight, Value of_direction) {
    const Value one = Full(of_weight.builder(), of_weight.dtype(), Shape(), 1);
    return Select(Greater(of_weight, 0.0),
                  Select(Greater(of_direction, 0.0), of_weight / of_direction, one), one);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const LambOptions& o = options();
    Value m = c.Slot("momentum"), v = c.Slot("velocity");
    m = m + (gradient - m) * (1 - o.beta_1);
    v = v + (Square(gradient) - v) * (1 - o.beta_2);
    c.Update("momentum", m);
    c.Update("velocity", v);
    const Value mean = m / c.InDType(1.0 - Pow(o.beta_1, c.step));
    const Value root = Sqrt(v / c.InDType(1.0 - Pow(o.beta_2, c.step))) + o.epsilon;
    const Value direction = mean / root;
    return w - Ratio(Norm(w), Norm(direction)) * c.InDType(c.learning_rate) * direction;
  }
};

}  // namespace

OptimizerPtr MakeLamb(const LambOptions& options) { return std::make_shared<const Lamb>(options); }

absl::StatusOr<OptimizerPtr> optimizers_internal::LambFromJson(const Json& json,
                                                               Schedules schedules) {
  return Lamb::FromJson(json, schedules);
}

}  // namespace dagrad
