#include <memory>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/convolution.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

// x with each channel convolved by its own `depth_multiplier` filters: the last two axes of
// `kernel` are the channel and its filters, in the order of the result's channels.
template <typename Options>
Value DepthwiseConvolution(Value x, Value kernel, const Options& o) {
  if (!x.valid() || !kernel.valid()) return {};
  const Shape& k = kernel.shape();
  const int64_t channels = k.dim(2).value();
  const Value filter =
      dagrad::Reshape(kernel, Shape({k.dim(0), k.dim(1), 1, channels * o.depth_multiplier}));
  return dagrad::Conv2D(x, filter,
                        {.strides = {o.strides.height, o.strides.width},
                         .padding = o.padding,
                         .dilations = {o.dilation_rate.height, o.dilation_rate.width},
                         .groups = channels});
}

struct DepthwiseConv2DArgs {
  Size2D kernel_size = 1;
  DepthwiseConv2DOptions options;
};

class DepthwiseConv2DLayer
    : public layers_internal::ConfiguredLayer<DepthwiseConv2DLayer, DepthwiseConv2DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "DepthwiseConv2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("kernel_size", a.kernel_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("depth_multiplier", a.options.depth_multiplier);
    visit("dilation_rate", a.options.dilation_rate);
    visit("activation", a.options.activation);
    visit("use_bias", a.options.use_bias);
    visit("depthwise_initializer", a.options.depthwise_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("depthwise_regularizer", a.options.depthwise_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("depthwise_constraint", a.options.depthwise_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 4, 4));
    const DepthwiseConv2DOptions& o = args().options;
    const Size2D k = args().kernel_size;
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckWindow("depth_multiplier", o.depth_multiplier, k,
                                                        o.strides, o.dilation_rate));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t channels,
                            layers_internal::ChannelsTimes(in, o.depth_multiplier));
    kernel_ =
        WithRules(AddWeight("kernel", inputs[0].dtype, {k.height, k.width, in, o.depth_multiplier},
                            o.depthwise_initializer),
                  o.depthwise_regularizer, o.depthwise_constraint);
    if (o.use_bias)
      bias_ = WithRules(AddWeight("bias", inputs[0].dtype, {channels}, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = DepthwiseConvolution(inputs[0], WeightValue(context, kernel_), args().options);
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    return Activate(args().options.activation, y);
  }

 private:
  int kernel_ = -1;
  int bias_ = -1;
};

struct SeparableConv2DArgs {
  int64_t filters = 1;
  Size2D kernel_size = 1;
  SeparableConv2DOptions options;
};

class SeparableConv2DLayer
    : public layers_internal::ConfiguredLayer<SeparableConv2DLayer, SeparableConv2DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "SeparableConv2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("filters", a.filters);
    visit("kernel_size", a.kernel_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("dilation_rate", a.options.dilation_rate);
    visit("depth_multiplier", a.options.depth_multiplier);
    visit("activation", a.options.activation);
    visit("use_bias", a.options.use_bias);
    visit("depthwise_initializer", a.options.depthwise_initializer);
    visit("pointwise_initializer", a.options.pointwise_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("depthwise_regularizer", a.options.depthwise_regularizer);
    visit("pointwise_regularizer", a.options.pointwise_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("depthwise_constraint", a.options.depthwise_constraint);
    visit("pointwise_constraint", a.options.pointwise_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 4, 4));
    const SeparableConv2DOptions& o = args().options;
    const Size2D k = args().kernel_size;
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckWindow(
        "filters, depth_multiplier", std::min(args().filters, o.depth_multiplier), k, o.strides,
        o.dilation_rate));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t channels,
                            layers_internal::ChannelsTimes(in, o.depth_multiplier));
    const DType dtype = inputs[0].dtype;
    depthwise_ =
        WithRules(AddWeight("depthwise_kernel", dtype, {k.height, k.width, in, o.depth_multiplier},
                            o.depthwise_initializer),
                  o.depthwise_regularizer, o.depthwise_constraint);
    pointwise_ = WithRules(AddWeight("pointwise_kernel", dtype, {1, 1, channels, args().filters},
                                     o.pointwise_initializer),
                           o.pointwise_regularizer, o.pointwise_constraint);
    if (o.use_bias)
      bias_ = WithRules(AddWeight("bias", dtype, {args().filters}, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = DepthwiseConvolution(inputs[0], WeightValue(context, depthwise_), args().options);
    y = dagrad::Conv2D(y, WeightValue(context, pointwise_));
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    return Activate(args().options.activation, y);
  }

 private:
  int depthwise_ = -1;
  int pointwise_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer DepthwiseConv2D(Size2D kernel_size, DepthwiseConv2DOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<DepthwiseConv2DLayer>(
      DepthwiseConv2DArgs{kernel_size, std::move(options)}, std::move(name), location));
}

Layer SeparableConv2D(int64_t filters, Size2D kernel_size, SeparableConv2DOptions options,
                      SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<SeparableConv2DLayer>(
      SeparableConv2DArgs{filters, kernel_size, std::move(options)}, std::move(name), location));
}

namespace layers_internal {
LayerClass DepthwiseConv2DClass() {
  return {DepthwiseConv2DLayer::kClassName, DepthwiseConv2DLayer::FromConfig};
}
LayerClass SeparableConv2DClass() {
  return {SeparableConv2DLayer::kClassName, SeparableConv2DLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
