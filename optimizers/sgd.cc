#include <memory>

#include "dagrad/graph/error.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

class Sgd : public optimizers_internal::ConfiguredOptimizer<Sgd, SgdOptions> {
 public:
  using ConfiguredOptimizer::ConfiguredOptimizer;
  static constexpr const char* kName = "sgd";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("momentum", o.momentum);
    visit("nesterov", o.nesterov);
  }

 private:
  absl::Status ValidateOwn() const override {
    if (!(options().momentum >= 0 && options().momentum <= 1)) {
      return InvalidArgumentError(
          absl::StrCat("momentum must be in [0, 1], not ", options().momentum));
    }
    if (options().nesterov && options().momentum == 0)
      return InvalidArgumentError("nesterov has no effect without momentum");
    return absl::OkStatus();
  }

  Value NewValue(const Context& c, Value w, Value gradient) const override {
    Value step = c.InDType(c.learning_rate) * gradient;
    if (options().momentum == 0) return w - step;
    Value velocity = c.Slot("momentum") * options().momentum - step;
    c.Update("momentum", velocity);
    return options().nesterov ? w + (velocity * options().momentum - step) : w + velocity;
  }
};

}  // namespace

OptimizerPtr MakeSgd(const SgdOptions& options) { return std::make_shared<const Sgd>(options); }

absl::StatusOr<OptimizerPtr> optimizers_internal::SgdFromJson(const Json& json,
                                                              Schedules schedules) {
  // Earlier versions took and wrote nesterov without momentum.
  Json known = json;
  const Json* const momentum = Member(json, "momentum");
  double factor = 0;
  bool nesterov = false;
  const bool without = momentum == nullptr || (ReadJson(momentum, &factor) && factor == 0);
  if (without && ReadJson(Member(json, "nesterov"), &nesterov))
    known.get_object()["nesterov"] = false;
  return Sgd::FromJson(known, schedules);
}

}  // namespace dagrad
