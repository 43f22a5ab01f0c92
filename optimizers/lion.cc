#include <memory>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Lion : public optimizers_internal::ConfiguredOptimizer<Lion, LionOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "lion";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("beta_1", o.beta_1);
    visit("beta_2", o.beta_2);
  }

 private:
  absl::Status ValidateOwn() const override {
    const double beta_1 = options().beta_1;
    if (!(beta_1 > 0 && beta_1 <= 1))
      return InvalidArgumentError(absl::StrCat("beta_1 must be in (0, 1], not ", beta_1));
    return CheckRange("beta_2", options().beta_2, 0, 1);
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    const LionOptions& o = options();
    const Value m = c.Slot("momentum");
    c.Update("momentum", m * o.beta_2 + gradient * (1 - o.beta_2));
    return w - c.InDType(c.learning_rate) * Sign(m * o.beta_1 + gradient * (1 - o.beta_1));
  }
};

}  // namespace

OptimizerPtr MakeLion(const LionOptions& options) { return std::make_shared<const Lion>(options); }

absl::StatusOr<OptimizerPtr> optimizers_internal::LionFromJson(const Json& json,
                                                               Schedules schedules) {
  return Lion::FromJson(json, schedules);
}

}  // namespace dagrad
