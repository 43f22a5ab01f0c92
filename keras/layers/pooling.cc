#include <memory>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/pool/pool2d.h"
#include "dagrad/ops/reduce/reduce.h"

namespace dagrad::keras {
namespace {

struct Pooling2DArgs {
  Size2D pool_size = 2;
  Pooling2DOptions options;
};

template <bool kMax>
class Pooling2DLayer
    : public layers_internal::ConfiguredLayer<Pooling2DLayer<kMax>, Pooling2DArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<Pooling2DLayer<kMax>, Pooling2DArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = kMax ? "MaxPooling2D" : "AveragePooling2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("pool_size", a.pool_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 4, 4));
    const Size2D strides = Strides();
    if (args().pool_size.height < 1 || args().pool_size.width < 1 || strides.height < 1 ||
        strides.width < 1) {
      return absl::InvalidArgumentError("pool_size and strides must be positive");
    }
    if (args().options.padding != "valid" && args().options.padding != "same") {
      return absl::InvalidArgumentError(
          absl::StrCat("padding is valid or same, not \"", args().options.padding, "\""));
    }
    return absl::OkStatus();
  }

  Value Call(CallContext&, absl::Span<const Value> inputs) const override {
    const Size2D strides = Strides();
    const Pool2DOptions options = {.pool_size = {args().pool_size.height, args().pool_size.width},
                                   .strides = {strides.height, strides.width},
                                   .padding = args().options.padding};
    return kMax ? MaxPool2D(inputs[0], options) : AvgPool2D(inputs[0], options);
  }

 private:
  Size2D Strides() const { return args().options.strides.value_or(args().pool_size); }
};

using MaxLayer = Pooling2DLayer<true>;
using AverageLayer = Pooling2DLayer<false>;

struct GlobalArgs {
  GlobalPooling2DOptions options;
};

class GlobalAverageLayer : public layers_internal::ConfiguredLayer<GlobalAverageLayer, GlobalArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "GlobalAveragePooling2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("keepdims", a.options.keepdims);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    return layers_internal::CheckOneFloatInput(inputs, 4, 4);
  }
  Value Call(CallContext&, absl::Span<const Value> inputs) const override {
    return ReduceMean(inputs[0], {.axes = {1, 2}, .keepdims = args().options.keepdims});
  }
};

}  // namespace

Layer MaxPooling2D(Size2D pool_size, Pooling2DOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<MaxLayer>(Pooling2DArgs{pool_size, std::move(options)},
                                          std::move(name), location));
}

Layer AveragePooling2D(Size2D pool_size, Pooling2DOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<AverageLayer>(Pooling2DArgs{pool_size, std::move(options)},
                                              std::move(name), location));
}

Layer GlobalAveragePooling2D(GlobalPooling2DOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<GlobalAverageLayer>(GlobalArgs{std::move(options)}, std::move(name),
                                                    location));
}

namespace layers_internal {
LayerClass MaxPooling2DClass() { return {MaxLayer::kClassName, MaxLayer::FromConfig}; }
LayerClass AveragePooling2DClass() { return {AverageLayer::kClassName, AverageLayer::FromConfig}; }
LayerClass GlobalAveragePooling2DClass() {
  return {GlobalAverageLayer::kClassName, GlobalAverageLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
