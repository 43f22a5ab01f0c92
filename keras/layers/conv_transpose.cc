#include <algorithm>
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

namespace dagrad::keras {
namespace {

struct Transpose1D : layers_internal::Steps {
  static constexpr const char* kClassName = "Conv1DTranspose";
  using Options = Conv1DTransposeOptions;
};
struct Transpose2D : layers_internal::Images {
  static constexpr const char* kClassName = "Conv2DTranspose";
  using Options = Conv2DTransposeOptions;
};

template <typename Form>
struct ConvTransposeArgs {
  int64_t filters = 1;
  typename Form::Size kernel_size = 1;
  typename Form::Options options;
};

// One axis: the convolution that takes its result back to its input.
struct TransposedAxis {
  Dim size;                            // of the result
  int64_t pad_begin = 0, pad_end = 0;  // of that convolution
};
TransposedAxis TransposeAxis(const Dim& input, int64_t kernel_size, int64_t stride,
                             int64_t dilation, bool same, std::optional<int64_t> output_padding) {
  const int64_t k = (kernel_size - 1) * dilation + 1;
  int64_t last = 0;  // what the last element of the input adds to the size
  if (output_padding.has_value()) {
    last = (same ? k % 2 : k) + *output_padding;
  } else {
    last = same ? stride : std::max(k, stride);
  }
  TransposedAxis axis = {.size = (input - 1) * stride + last};
  if (same) axis.pad_begin = std::max<int64_t>(k - last, 0) / 2;
  axis.pad_end = std::max<int64_t>(k - last - axis.pad_begin, 0);
  return axis;
}

template <typename Form>
class ConvTransposeLayer
    : public layers_internal::ConfiguredLayer<ConvTransposeLayer<Form>, ConvTransposeArgs<Form>> {
 public:
  using Base = layers_internal::ConfiguredLayer<ConvTransposeLayer<Form>, ConvTransposeArgs<Form>>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("filters", a.filters);
    visit("kernel_size", a.kernel_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("output_padding", a.options.output_padding);
    visit("dilation_rate", a.options.dilation_rate);
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
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, Form::kRank, Form::kRank));
    const auto& o = args().options;
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(
        layers_internal::CheckWindow("filters", args().filters, Form::Flat(args().kernel_size, 1),
                                     Form::Flat(o.strides, 1), Form::Flat(o.dilation_rate, 1)));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckPadding(o.padding));
    DAGRAD_RETURN_IF_ERROR(CheckOutputPadding());
    const DType dtype = inputs[0].dtype;
    Dims kernel = Form::Of(args().kernel_size);
    kernel.insert(kernel.end(), {args().filters, in});
    kernel_ = this->WithRules(this->AddWeight("kernel", dtype, kernel, o.kernel_initializer),
                              o.kernel_regularizer, o.kernel_constraint);
    if (o.use_bias)
      bias_ = this->WithRules(this->AddWeight("bias", dtype, {args().filters}, o.bias_initializer),
                              o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = Form::ToImage(inputs[0]);
    const Value kernel = Form::Kernel(this->WeightValue(context, kernel_));
    if (!x.valid() || !kernel.valid()) return Value();
    const auto& o = args().options;
    const Size2D size = Form::Flat(args().kernel_size, 1), strides = Form::Flat(o.strides, 1),
                 dilation = Form::Flat(o.dilation_rate, 1);
    const bool same = o.padding == "same";
    std::optional<int64_t> more_height, more_width;
    if (o.output_padding.has_value()) {
      const Size2D more = Form::Flat(*o.output_padding, 0);
      more_height = more.height;
      more_width = more.width;
    }
    const TransposedAxis h =
        TransposeAxis(x.dim(1), size.height, strides.height, dilation.height, same, more_height);
    const TransposedAxis w =
        TransposeAxis(x.dim(2), size.width, strides.width, dilation.width, same, more_width);
    Value y = Conv2DInputGrad(x, kernel, {x.dim(0), h.size, w.size, Dim(args().filters)},
                              {.strides = {strides.height, strides.width},
                               .padding = "explicit",
                               .explicit_padding = {h.pad_begin, h.pad_end, w.pad_begin, w.pad_end},
                               .dilations = {dilation.height, dilation.width}});
    if (bias_ >= 0) y = dagrad::Add(y, this->WeightValue(context, bias_));
    return Form::FromImage(Activate(o.activation, y));
  }

 private:
  absl::Status CheckOutputPadding() const {
    const auto& o = args().options;
    const Size2D strides = Form::Flat(o.strides, 1), dilation = Form::Flat(o.dilation_rate, 1);
    if (std::max(strides.height, strides.width) > 1 &&
        std::max(dilation.height, dilation.width) > 1) {
      return InvalidArgumentError("strides and dilation_rate cannot both be more than 1");
    }
    if (!o.output_padding.has_value()) return absl::OkStatus();
    const Size2D more = Form::Flat(*o.output_padding, 0);
    if (more.height >= 0 && more.width >= 0 && more.height < strides.height &&
        more.width < strides.width)
      return absl::OkStatus();
    return InvalidArgumentError("output_padding must be at least 0 and less than strides");
  }

  int kernel_ = -1;
  int bias_ = -1;
};

template <typename Form>
Layer Make(int64_t filters, typename Form::Size kernel_size, typename Form::Options options,
           SourceLocation location) {
  return layers_internal::MakeLayer<ConvTransposeLayer<Form>>(
      ConvTransposeArgs<Form>{filters, kernel_size, std::move(options)}, location);
}

}  // namespace

Layer Conv1DTranspose(int64_t filters, int64_t kernel_size, Conv1DTransposeOptions options,
                      SourceLocation location) {
  return Make<Transpose1D>(filters, kernel_size, std::move(options), location);
}
Layer Conv2DTranspose(int64_t filters, Size2D kernel_size, Conv2DTransposeOptions options,
                      SourceLocation location) {
  return Make<Transpose2D>(filters, kernel_size, std::move(options), location);
}

namespace layers_internal {
LayerClass Conv1DTransposeClass() {
  return {Transpose1D::kClassName, ConvTransposeLayer<Transpose1D>::FromConfig};
}
LayerClass Conv2DTransposeClass() {
  return {Transpose2D::kClassName, ConvTransposeLayer<Transpose2D>::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
