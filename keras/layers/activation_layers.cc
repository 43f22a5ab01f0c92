#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/softmax/softmax.h"

namespace dagrad::keras {
namespace {

struct ReLUArgs {
  ReLUOptions options;
};

class ReLULayer : public layers_internal::ConfiguredLayer<ReLULayer, ReLUArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ReLU";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("max_value", a.options.max_value);
    visit("negative_slope", a.options.negative_slope);
    visit("threshold", a.options.threshold);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    const ReLUOptions& o = args().options;
    if (!(o.max_value.value_or(0) >= 0 && o.negative_slope >= 0 && o.threshold >= 0)) {
      return InvalidArgumentError("max_value, negative_slope and threshold must not be negative");
    }
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }

  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const std::optional<double>& most = args().options.max_value;
    if (most == 6 && args().options.negative_slope == 0 && args().options.threshold == 0)
      return Relu6(inputs[0]);
    const Value y = Unbounded(inputs[0]);
    return most.has_value() ? Minimum(y, *most) : y;
  }

 private:
  Value Unbounded(Value x) const {
    const double slope = args().options.negative_slope, threshold = args().options.threshold;
    if (threshold == 0) return slope == 0 ? Relu(x) : LeakyRelu(x, slope);
    return dagrad::Select(Greater(x, threshold), x, Mul(Sub(x, threshold), slope));
  }
};

struct SoftmaxArgs {
  SoftmaxOptions options;
};

class SoftmaxLayer : public layers_internal::ConfiguredLayer<SoftmaxLayer, SoftmaxArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Softmax";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = inputs[0], mask = inputs.mask();
    const dagrad::SoftmaxOptions options = {.axis = args().options.axis};
    if (!mask.valid() || !x.valid()) return dagrad::Softmax(x, options);
    // Where nothing is there along the axis, all are 0.
    const Value least = Full(x.builder(), x.dtype(), Shape({}), -1e9);
    const Value y = dagrad::Softmax(dagrad::Select(mask, x, least), options);
    return {{dagrad::Select(mask, y, ZerosLike(y))}, {mask}};
  }
  bool supports_masking() const override { return true; }
};

}  // namespace

Layer ReLU(ReLUOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ReLULayer>(ReLUArgs{std::move(options)}, location);
}

Layer Softmax(SoftmaxOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<SoftmaxLayer>(SoftmaxArgs{std::move(options)}, location);
}

namespace layers_internal {
LayerClass ReLUClass() { return {ReLULayer::kClassName, ReLULayer::FromConfig}; }
LayerClass SoftmaxClass() { return {SoftmaxLayer::kClassName, SoftmaxLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
