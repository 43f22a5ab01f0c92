#include <cmath>
#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad::keras {
namespace {

struct ActivityRegularizationArgs {
  ActivityRegularizationOptions options;
};

class ActivityRegularizationLayer
    : public layers_internal::ConfiguredLayer<ActivityRegularizationLayer,
                                              ActivityRegularizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ActivityRegularization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("l1", a.options.l1);
    visit("l2", a.options.l2);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    for (double factor : {args().options.l1, args().options.l2}) {
      if (factor >= 0 && std::isfinite(factor)) continue;
      return InvalidArgumentError(
          absl::StrCat("l1 and l2 must be 0 or more and finite, not ", factor));
    }
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const auto& [l1, l2, input_shape, name] = args().options;
    const Value x = inputs[0];
    if (!x.valid()) return x;
    // Of an example: x is summed over the batch.
    if (l1 > 0) context.AddLoss(ReduceSum(ReduceMean(Abs(x), {.axes = {0}})) * l1);
    if (l2 > 0) context.AddLoss(ReduceSum(ReduceMean(Square(x), {.axes = {0}})) * l2);
    return x;
  }
};

}  // namespace

Layer ActivityRegularization(ActivityRegularizationOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<ActivityRegularizationLayer>(
      ActivityRegularizationArgs{std::move(options)}, std::move(name), location));
}

LayerClass layers_internal::ActivityRegularizationClass() {
  return {ActivityRegularizationLayer::kClassName, ActivityRegularizationLayer::FromConfig};
}

}  // namespace dagrad::keras
