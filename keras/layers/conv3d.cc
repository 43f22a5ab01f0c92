#include <memory>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/convolution.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/conv3d/conv3d.h"

namespace dagrad::keras {
namespace {

struct Conv3DArgs {
  int64_t filters = 1;
  Size3D kernel_size = 1;
  Conv3DOptions options;
};

class Conv3DLayer : public layers_internal::ConfiguredLayer<Conv3DLayer, Conv3DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Conv3D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("filters", a.filters);
    visit("kernel_size", a.kernel_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("dilation_rate", a.options.dilation_rate);
    visit("groups", a.options.groups);
    visit("activation", a.options.activation);
    visit("use_bias", a.options.use_bias);
    visit("kernel_initializer", a.options.kernel_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("kernel_regularizer", a.options.kernel_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("kernel_constraint", a.options.kernel_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 5, 5));
    DAGRAD_RETURN_IF_ERROR(CheckActivation(args().options.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    const Conv3DOptions& o = args().options;
    const Size3D k = args().kernel_size;
    DAGRAD_RETURN_IF_ERROR(
        layers_internal::CheckWindow("filters", args().filters, k, o.strides, o.dilation_rate));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckGroups(o.groups, in, args().filters));
    const DType dtype = inputs[0].dtype;
    kernel_ = WithRules(
        AddWeight("kernel", dtype, {k.depth, k.height, k.width, in / o.groups, args().filters},
                  o.kernel_initializer),
        o.kernel_regularizer, o.kernel_constraint);
    if (o.use_bias)
      bias_ = WithRules(AddWeight("bias", dtype, {args().filters}, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Conv3DOptions& o = args().options;
    const Size3D &s = o.strides, &d = o.dilation_rate;
    Value y = dagrad::Conv3D(inputs[0], WeightValue(context, kernel_),
                             {.strides = {s.depth, s.height, s.width},
                              .padding = o.padding,
                              .dilations = {d.depth, d.height, d.width},
                              .groups = o.groups});
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    return Activate(o.activation, y);
  }

 private:
  int kernel_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer Conv3D(int64_t filters, Size3D kernel_size, Conv3DOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<Conv3DLayer>(
      Conv3DArgs{filters, kernel_size, std::move(options)}, location);
}

LayerClass layers_internal::Conv3DClass() {
  return {Conv3DLayer::kClassName, Conv3DLayer::FromConfig};
}

}  // namespace dagrad::keras
