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

using layers_internal::Images;
using layers_internal::Steps;

struct Depthwise1D : Steps {
  static constexpr const char* kClassName = "DepthwiseConv1D";
  using Options = DepthwiseConv1DOptions;
};
struct Depthwise2D : Images {
  static constexpr const char* kClassName = "DepthwiseConv2D";
  using Options = DepthwiseConv2DOptions;
};

// The depthwise part, as an image.
template <typename Form>
Value Convolve(Value x, Value kernel, const typename Form::Options& o) {
  return layers_internal::DepthwiseConvolution(Form::ToImage(x), Form::Kernel(kernel),
                                               Form::Flat(o.strides, 1), o.padding,
                                               Form::Flat(o.dilation_rate, 1));
}

template <typename Form>
struct DepthwiseArgs {
  typename Form::Size kernel_size = 1;
  typename Form::Options options;
};

template <typename Form>
class DepthwiseLayer
    : public layers_internal::ConfiguredLayer<DepthwiseLayer<Form>, DepthwiseArgs<Form>> {
 public:
  using Base = layers_internal::ConfiguredLayer<DepthwiseLayer<Form>, DepthwiseArgs<Form>>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
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
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, Form::kRank, Form::kRank));
    const auto& o = args().options;
    const typename Form::Size k = args().kernel_size;
    Dims kernel = Form::Of(k);
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckWindow("depth_multiplier", o.depth_multiplier, k,
                                                        o.strides, o.dilation_rate));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t channels,
                            layers_internal::ChannelsTimes(in, o.depth_multiplier));
    const DType dtype = inputs[0].dtype;
    kernel.insert(kernel.end(), {in, o.depth_multiplier});
    kernel_ = this->WithRules(this->AddWeight("kernel", dtype, kernel, o.depthwise_initializer),
                              o.depthwise_regularizer, o.depthwise_constraint);
    if (o.use_bias)
      bias_ = this->WithRules(this->AddWeight("bias", dtype, {channels}, o.bias_initializer),
                              o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = Convolve<Form>(inputs[0], this->WeightValue(context, kernel_), args().options);
    if (bias_ >= 0) y = dagrad::Add(y, this->WeightValue(context, bias_));
    return Form::FromImage(Activate(args().options.activation, y));
  }

 private:
  int kernel_ = -1;
  int bias_ = -1;
};

struct Separable1D : Steps {
  static constexpr const char* kClassName = "SeparableConv1D";
  using Options = SeparableConv1DOptions;
};
struct Separable2D : Images {
  static constexpr const char* kClassName = "SeparableConv2D";
  using Options = SeparableConv2DOptions;
};

template <typename Form>
struct SeparableArgs {
  int64_t filters = 1;
  typename Form::Size kernel_size = 1;
  typename Form::Options options;
};

template <typename Form>
class SeparableLayer
    : public layers_internal::ConfiguredLayer<SeparableLayer<Form>, SeparableArgs<Form>> {
 public:
  using Base = layers_internal::ConfiguredLayer<SeparableLayer<Form>, SeparableArgs<Form>>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
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
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, Form::kRank, Form::kRank));
    const auto& o = args().options;
    const typename Form::Size k = args().kernel_size;
    Dims kernel = Form::Of(k);
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckWindow(
        "filters, depth_multiplier", std::min(args().filters, o.depth_multiplier), k, o.strides,
        o.dilation_rate));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t channels,
                            layers_internal::ChannelsTimes(in, o.depth_multiplier));
    const DType dtype = inputs[0].dtype;
    kernel.insert(kernel.end(), {in, o.depth_multiplier});
    depthwise_ =
        this->WithRules(this->AddWeight("depthwise_kernel", dtype, kernel, o.depthwise_initializer),
                        o.depthwise_regularizer, o.depthwise_constraint);
    Dims point(Form::kRank - 2, 1);
    point.insert(point.end(), {channels, args().filters});
    pointwise_ =
        this->WithRules(this->AddWeight("pointwise_kernel", dtype, point, o.pointwise_initializer),
                        o.pointwise_regularizer, o.pointwise_constraint);
    if (o.use_bias)
      bias_ = this->WithRules(this->AddWeight("bias", dtype, {args().filters}, o.bias_initializer),
                              o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = Convolve<Form>(inputs[0], this->WeightValue(context, depthwise_), args().options);
    y = dagrad::Conv2D(y, Form::Kernel(this->WeightValue(context, pointwise_)));
    if (bias_ >= 0) y = dagrad::Add(y, this->WeightValue(context, bias_));
    return Form::FromImage(Activate(args().options.activation, y));
  }

 private:
  int depthwise_ = -1;
  int pointwise_ = -1;
  int bias_ = -1;
};

template <typename Form>
Layer MakeDepthwise(typename Form::Size kernel_size, typename Form::Options options,
                    SourceLocation location) {
  return layers_internal::MakeLayer<DepthwiseLayer<Form>>(
      DepthwiseArgs<Form>{kernel_size, std::move(options)}, location);
}

template <typename Form>
Layer MakeSeparable(int64_t filters, typename Form::Size kernel_size,
                    typename Form::Options options, SourceLocation location) {
  return layers_internal::MakeLayer<SeparableLayer<Form>>(
      SeparableArgs<Form>{filters, kernel_size, std::move(options)}, location);
}

}  // namespace

Layer DepthwiseConv1D(int64_t kernel_size, DepthwiseConv1DOptions options,
                      SourceLocation location) {
  return MakeDepthwise<Depthwise1D>(kernel_size, std::move(options), location);
}
Layer DepthwiseConv2D(Size2D kernel_size, DepthwiseConv2DOptions options, SourceLocation location) {
  return MakeDepthwise<Depthwise2D>(kernel_size, std::move(options), location);
}
Layer SeparableConv1D(int64_t filters, int64_t kernel_size, SeparableConv1DOptions options,
                      SourceLocation location) {
  return MakeSeparable<Separable1D>(filters, kernel_size, std::move(options), location);
}
Layer SeparableConv2D(int64_t filters, Size2D kernel_size, SeparableConv2DOptions options,
                      SourceLocation location) {
  return MakeSeparable<Separable2D>(filters, kernel_size, std::move(options), location);
}

namespace layers_internal {
LayerClass DepthwiseConv1DClass() {
  return {Depthwise1D::kClassName, DepthwiseLayer<Depthwise1D>::FromConfig};
}
LayerClass DepthwiseConv2DClass() {
  return {Depthwise2D::kClassName, DepthwiseLayer<Depthwise2D>::FromConfig};
}
LayerClass SeparableConv1DClass() {
  return {Separable1D::kClassName, SeparableLayer<Separable1D>::FromConfig};
}
LayerClass SeparableConv2DClass() {
  return {Separable2D::kClassName, SeparableLayer<Separable2D>::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
