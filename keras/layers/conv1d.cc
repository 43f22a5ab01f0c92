#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
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

struct Conv1DArgs {
  int64_t filters = 1;
  int64_t kernel_size = 1;
  Conv1DOptions options;
};

// Steps are the width of images of height 1.
class Conv1DLayer : public layers_internal::ConfiguredLayer<Conv1DLayer, Conv1DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Conv1D";
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
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, 3));
    const Conv1DOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckWindow(
        "filters", args().filters, args().kernel_size, o.strides, o.dilation_rate));
    if (o.padding != "valid" && o.padding != "same" && o.padding != "causal") {
      return InvalidArgumentError(
          absl::StrCat("padding is valid, same or causal, not \"", o.padding, "\""));
    }
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckGroups(o.groups, in, args().filters));
    kernel_ = WithRules(
        AddWeight("kernel", inputs[0].dtype, {args().kernel_size, in / o.groups, args().filters},
                  o.kernel_initializer),
        o.kernel_regularizer, o.kernel_constraint);
    if (o.use_bias)
      bias_ = WithRules(AddWeight("bias", inputs[0].dtype, {args().filters}, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value kernel = WeightValue(context, kernel_);
    if (!inputs[0].valid() || !kernel.valid()) return Value();
    const Shape& x = inputs[0].shape();
    const Shape& k = kernel.shape();
    const Value image = dagrad::Reshape(inputs[0], Shape({x.dim(0), 1, x.dim(1), x.dim(2)}));
    const Value filter = dagrad::Reshape(kernel, Shape({1, k.dim(0), k.dim(1), k.dim(2)}));
    Value y = dagrad::Conv2D(image, filter, Window());
    if (!y.valid()) return y;
    // Before the reshape, so that they are fused with the convolution.
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    y = Activate(args().options.activation, y);
    if (!y.valid()) return y;
    return dagrad::Reshape(y, Shape({y.dim(0), y.dim(2), y.dim(3)}));
  }

 private:
  dagrad::Conv2DOptions Window() const {
    const Conv1DOptions& o = args().options;
    dagrad::Conv2DOptions window = {.strides = {1, o.strides},
                                    .padding = o.padding,
                                    .dilations = {1, o.dilation_rate},
                                    .groups = o.groups};
    if (o.padding == "causal") {
      window.padding = "explicit";
      window.explicit_padding = {0, 0, (args().kernel_size - 1) * o.dilation_rate, 0};
    }
    return window;
  }

  int kernel_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer Conv1D(int64_t filters, int64_t kernel_size, Conv1DOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<Conv1DLayer>(Conv1DArgs{filters, kernel_size, std::move(options)},
                                             std::move(name), location));
}

LayerClass layers_internal::Conv1DClass() {
  return {Conv1DLayer::kClassName, Conv1DLayer::FromConfig};
}

}  // namespace dagrad::keras
