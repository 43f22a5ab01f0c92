#include <cmath>
#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

struct MaskingArgs {
  MaskingOptions options;
};

class MaskingLayer : public layers_internal::ConfiguredLayer<MaskingLayer, MaskingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Masking";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("mask_value", a.options.mask_value);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    if (std::isnan(args().options.mask_value))
      return InvalidArgumentError("mask_value must be a number, not nan: nothing is equal to nan");
    return layers_internal::CheckOneFloatInput(inputs, 3, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!x.valid()) return x;
    const Value mask = ReduceAny(NotEqual(x, args().options.mask_value), {.axes = {-1}});
    return {{dagrad::Select(ExpandDims(mask, -1), x, ZerosLike(x))}, {mask}};
  }
};

}  // namespace

Layer Masking(MaskingOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(
      std::make_shared<MaskingLayer>(MaskingArgs{std::move(options)}, std::move(name), location));
}

LayerClass layers_internal::MaskingClass() {
  return {MaskingLayer::kClassName, MaskingLayer::FromConfig};
}

}  // namespace dagrad::keras
