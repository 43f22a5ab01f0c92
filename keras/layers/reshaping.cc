#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/image_size.h"
#include "dagrad/keras/layers/moves.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

// Layers that move, repeat or leave out elements: integers pass.
namespace dagrad::keras {
namespace {

using layers_internal::CheckRank;
using layers_internal::CheckTimes;
using layers_internal::Crop;
using layers_internal::Cropped;
using layers_internal::RepeatEach;

struct PermuteArgs {
  Dims dims;
  LayerOptions options;
};

class PermuteLayer : public layers_internal::ConfiguredLayer<PermuteLayer, PermuteArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Permute";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("dims", a.dims);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    Dims sorted = args().dims;
    std::sort(sorted.begin(), sorted.end());
    bool good = inputs[0].shape.rank() == static_cast<int>(sorted.size()) + 1;
    for (size_t i = 0; i < sorted.size(); ++i)
      good = good && sorted[i] == static_cast<int64_t>(i) + 1;
    if (good) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("dims ", DimsToString(args().dims),
                                             " must be the axes of ", inputs[0].ToString(),
                                             " from 1 on, each once"));
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    std::vector<int64_t> axes = {0};
    axes.insert(axes.end(), args().dims.begin(), args().dims.end());
    return Transpose(inputs[0], std::move(axes));
  }
};

struct RepeatVectorArgs {
  int64_t n = 1;
  LayerOptions options;
};

class RepeatVectorLayer
    : public layers_internal::ConfiguredLayer<RepeatVectorLayer, RepeatVectorArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "RepeatVector";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("n", a.n);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckTimes(args().n, "n"));
    return CheckRank(inputs, 2);
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    return RepeatEach(ExpandDims(inputs[0], 1), 1, args().n);
  }
};

struct UpSampling1DArgs {
  int64_t size = 2;
  LayerOptions options;
};

class UpSampling1DLayer
    : public layers_internal::ConfiguredLayer<UpSampling1DLayer, UpSampling1DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "UpSampling1D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("size", a.size);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckTimes(args().size, "size"));
    return CheckRank(inputs, 3);
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return RepeatEach(inputs[0], 1, args().size);
  }
};

struct UpSampling2DArgs {
  Size2D size = 2;
  UpSampling2DOptions options;
};

class UpSampling2DLayer
    : public layers_internal::ConfiguredLayer<UpSampling2DLayer, UpSampling2DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "UpSampling2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("size", a.size);
    visit("interpolation", a.options.interpolation);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckTimes(args().size.height, "size"));
    DAGRAD_RETURN_IF_ERROR(CheckTimes(args().size.width, "size"));
    if (OnlyRepeats()) return CheckRank(inputs, 4);
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInterpolation(args().options.interpolation));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImage(inputs));
    const Size2D size = ResizedOf(inputs[0].shape);
    return layers_internal::CheckImageSize(size.height, size.width);
  }
  IntegerData integer_data() const override {
    return OnlyRepeats() ? IntegerData::kPassed : IntegerData::kFloats;
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (OnlyRepeats() || !x.valid())
      return RepeatEach(RepeatEach(x, 1, args().size.height), 2, args().size.width);
    const Size2D size = ResizedOf(x.shape());
    return layers_internal::ResizeImage(layers_internal::AsFloats(x), size.height, size.width,
                                        args().options.interpolation, false);
  }

 private:
  bool OnlyRepeats() const { return args().options.interpolation == "nearest"; }
  // Negative where it is too large.
  Size2D ResizedOf(const Shape& x) const {
    return Size2D((x.dim(1) * args().size.height).value(), (x.dim(2) * args().size.width).value());
  }
};

struct ZeroPadding1DArgs {
  Padding1D padding = 1;
  LayerOptions options;
};

class ZeroPadding1DLayer
    : public layers_internal::ConfiguredLayer<ZeroPadding1DLayer, ZeroPadding1DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ZeroPadding1D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("padding", a.padding);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, 3));
    const auto [before, after] = args().padding;
    if (before >= 0 && after >= 0) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("padding must not be negative: [", before, ",", after, "]"));
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Pad(inputs[0], {0, args().padding.before, 0}, {0, args().padding.after, 0});
  }
};

struct Cropping1DArgs {
  Padding1D cropping = 1;
  LayerOptions options;
};

class Cropping1DLayer : public layers_internal::ConfiguredLayer<Cropping1DLayer, Cropping1DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Cropping1D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("cropping", a.cropping);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRank(inputs, 3));
    return Cropped(inputs[0].shape, {args().cropping}).status();
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Crop(inputs[0], {args().cropping});
  }
};

struct Cropping2DArgs {
  Padding2D cropping = 0;
  LayerOptions options;
};

class Cropping2DLayer : public layers_internal::ConfiguredLayer<Cropping2DLayer, Cropping2DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Cropping2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("cropping", a.cropping);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRank(inputs, 4));
    return Cropped(inputs[0].shape, Cuts()).status();
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Crop(inputs[0], Cuts());
  }

 private:
  std::vector<Padding1D> Cuts() const {
    const Padding2D& c = args().cropping;
    return {{c.top, c.bottom}, {c.left, c.right}};
  }
};

}  // namespace

Layer Permute(Dims dims, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<PermuteLayer>(PermuteArgs{std::move(dims), std::move(options)},
                                                  location);
}
Layer RepeatVector(int64_t n, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RepeatVectorLayer>(RepeatVectorArgs{n, std::move(options)},
                                                       location);
}
Layer UpSampling1D(int64_t size, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<UpSampling1DLayer>(UpSampling1DArgs{size, std::move(options)},
                                                       location);
}
Layer UpSampling2D(Size2D size, UpSampling2DOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<UpSampling2DLayer>(UpSampling2DArgs{size, std::move(options)},
                                                       location);
}
Layer ZeroPadding1D(Padding1D padding, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ZeroPadding1DLayer>(
      ZeroPadding1DArgs{padding, std::move(options)}, location);
}
Layer Cropping1D(Padding1D cropping, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<Cropping1DLayer>(Cropping1DArgs{cropping, std::move(options)},
                                                     location);
}
Layer Cropping2D(Padding2D cropping, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<Cropping2DLayer>(Cropping2DArgs{cropping, std::move(options)},
                                                     location);
}

namespace layers_internal {
LayerClass PermuteClass() { return {PermuteLayer::kClassName, PermuteLayer::FromConfig}; }
LayerClass RepeatVectorClass() {
  return {RepeatVectorLayer::kClassName, RepeatVectorLayer::FromConfig};
}
LayerClass UpSampling1DClass() {
  return {UpSampling1DLayer::kClassName, UpSampling1DLayer::FromConfig};
}
LayerClass UpSampling2DClass() {
  return {UpSampling2DLayer::kClassName, UpSampling2DLayer::FromConfig};
}
LayerClass ZeroPadding1DClass() {
  return {ZeroPadding1DLayer::kClassName, ZeroPadding1DLayer::FromConfig};
}
LayerClass Cropping1DClass() { return {Cropping1DLayer::kClassName, Cropping1DLayer::FromConfig}; }
LayerClass Cropping2DClass() { return {Cropping2DLayer::kClassName, Cropping2DLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
