#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/convolution.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/nn/pool/pool2d.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

template <typename Size>
absl::Status CheckPool(const Size& pool_size, const Size& strides, absl::string_view padding) {
  if (!layers_internal::Positive(pool_size) || !layers_internal::Positive(strides))
    return InvalidArgumentError("pool_size and strides must be positive");
  return layers_internal::CheckPadding(padding);
}

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
    return CheckPool(args().pool_size, Strides(), args().options.padding);
  }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Size2D strides = Strides();
    const Pool2DOptions options = {.pool_size = {args().pool_size.height, args().pool_size.width},
                                   .strides = {strides.height, strides.width},
                                   .padding = args().options.padding};
    return kMax ? MaxPool2D(inputs[0], options) : AvgPool2D(inputs[0], options);
  }

 private:
  Size2D Strides() const { return args().options.strides.value_or(args().pool_size); }
};

using Max2DLayer = Pooling2DLayer<true>;
using Average2DLayer = Pooling2DLayer<false>;

// Steps are the width of images of height 1.
struct Pooling1DArgs {
  int64_t pool_size = 2;
  Pooling1DOptions options;
};

template <bool kMax>
class Pooling1DLayer
    : public layers_internal::ConfiguredLayer<Pooling1DLayer<kMax>, Pooling1DArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<Pooling1DLayer<kMax>, Pooling1DArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = kMax ? "MaxPooling1D" : "AveragePooling1D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("pool_size", a.pool_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, 3));
    return CheckPool<Size2D>(args().pool_size, Strides(), args().options.padding);
  }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const Shape& x = inputs[0].shape();
    const Value image = dagrad::Reshape(inputs[0], Shape({x.dim(0), 1, x.dim(1), x.dim(2)}));
    const Pool2DOptions options = {.pool_size = {1, args().pool_size},
                                   .strides = {1, Strides()},
                                   .padding = args().options.padding};
    const Value y = kMax ? MaxPool2D(image, options) : AvgPool2D(image, options);
    if (!y.valid()) return y;
    return dagrad::Reshape(y, Shape({y.dim(0), y.dim(2), y.dim(3)}));
  }

 private:
  int64_t Strides() const { return args().options.strides.value_or(args().pool_size); }
};

using Max1DLayer = Pooling1DLayer<true>;
using Average1DLayer = Pooling1DLayer<false>;

struct Pooling3DArgs {
  Size3D pool_size = 2;
  Pooling3DOptions options;
};

// Of each plane, then along the depth, whose elements are the rows of images of one plane's pixels.
// The mean is that of the elements inside along both: their numbers multiply.
template <bool kMax>
class Pooling3DLayer
    : public layers_internal::ConfiguredLayer<Pooling3DLayer<kMax>, Pooling3DArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<Pooling3DLayer<kMax>, Pooling3DArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = kMax ? "MaxPooling3D" : "AveragePooling3D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("pool_size", a.pool_size);
    visit("strides", a.options.strides);
    visit("padding", a.options.padding);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 5, 5));
    return CheckPool(args().pool_size, Strides(), args().options.padding);
  }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!x.valid()) return x;
    const Size3D size = args().pool_size, strides = Strides();
    const Value planes =
        Pool(dagrad::Reshape(x, {x.dim(0) * x.dim(1), x.dim(2), x.dim(3), x.dim(4)}),
             {size.height, size.width}, {strides.height, strides.width});
    if (!planes.valid()) return planes;
    const Dim height = planes.dim(1), width = planes.dim(2), channels = planes.dim(3);
    const Value y = Pool(dagrad::Reshape(planes, {x.dim(0), x.dim(1), height * width, channels}),
                         {size.depth, 1}, {strides.depth, 1});
    if (!y.valid()) return y;
    return dagrad::Reshape(y, {x.dim(0), y.dim(1), height, width, channels});
  }

 private:
  Size3D Strides() const { return args().options.strides.value_or(args().pool_size); }
  Value Pool(Value image, std::vector<int64_t> size, std::vector<int64_t> strides) const {
    const Pool2DOptions options = {.pool_size = std::move(size),
                                   .strides = std::move(strides),
                                   .padding = args().options.padding};
    return kMax ? MaxPool2D(image, options) : AvgPool2D(image, options);
  }
};

using Max3DLayer = Pooling3DLayer<true>;
using Average3DLayer = Pooling3DLayer<false>;

template <typename T, typename Args>
Layer Make(Args args, SourceLocation location) {
  std::string name = args.options.name;
  return Layer(std::make_shared<T>(std::move(args), std::move(name), location));
}

}  // namespace

Layer MaxPooling1D(int64_t pool_size, Pooling1DOptions options, SourceLocation location) {
  return Make<Max1DLayer>(Pooling1DArgs{pool_size, std::move(options)}, location);
}

Layer AveragePooling1D(int64_t pool_size, Pooling1DOptions options, SourceLocation location) {
  return Make<Average1DLayer>(Pooling1DArgs{pool_size, std::move(options)}, location);
}

Layer MaxPooling2D(Size2D pool_size, Pooling2DOptions options, SourceLocation location) {
  return Make<Max2DLayer>(Pooling2DArgs{pool_size, std::move(options)}, location);
}

Layer AveragePooling2D(Size2D pool_size, Pooling2DOptions options, SourceLocation location) {
  return Make<Average2DLayer>(Pooling2DArgs{pool_size, std::move(options)}, location);
}

Layer MaxPooling3D(Size3D pool_size, Pooling3DOptions options, SourceLocation location) {
  return Make<Max3DLayer>(Pooling3DArgs{pool_size, std::move(options)}, location);
}

Layer AveragePooling3D(Size3D pool_size, Pooling3DOptions options, SourceLocation location) {
  return Make<Average3DLayer>(Pooling3DArgs{pool_size, std::move(options)}, location);
}

namespace layers_internal {
LayerClass MaxPooling3DClass() { return {Max3DLayer::kClassName, Max3DLayer::FromConfig}; }
LayerClass AveragePooling3DClass() {
  return {Average3DLayer::kClassName, Average3DLayer::FromConfig};
}
LayerClass MaxPooling1DClass() { return {Max1DLayer::kClassName, Max1DLayer::FromConfig}; }
LayerClass AveragePooling1DClass() {
  return {Average1DLayer::kClassName, Average1DLayer::FromConfig};
}
LayerClass MaxPooling2DClass() { return {Max2DLayer::kClassName, Max2DLayer::FromConfig}; }
LayerClass AveragePooling2DClass() {
  return {Average2DLayer::kClassName, Average2DLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
