#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/moves.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/shape/pad/pad.h"

// Layers that pad, crop or repeat volumes [batch, depth, height, width, channels].
namespace dagrad::keras {
namespace {

struct ZeroPadding3DArgs {
  Padding3D padding = 1;
  LayerOptions options;
};

class ZeroPadding3DLayer
    : public layers_internal::ConfiguredLayer<ZeroPadding3DLayer, ZeroPadding3DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ZeroPadding3D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("padding", a.padding);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 5, 5));
    for (const Padding1D& p : {args().padding.depth, args().padding.height, args().padding.width}) {
      if (p.before >= 0 && p.after >= 0) continue;
      return InvalidArgumentError(
          absl::StrCat("padding must not be negative: [", p.before, ",", p.after, "]"));
    }
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const auto& [d, h, w] = args().padding;
    return Pad(inputs[0], {0, d.before, h.before, w.before, 0}, {0, d.after, h.after, w.after, 0});
  }
};

struct Cropping3DArgs {
  Padding3D cropping = 1;
  LayerOptions options;
};

class Cropping3DLayer : public layers_internal::ConfiguredLayer<Cropping3DLayer, Cropping3DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Cropping3D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("cropping", a.cropping);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckRank(inputs, 5));
    return layers_internal::Cropped(inputs[0].shape, Cuts()).status();
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return layers_internal::Crop(inputs[0], Cuts());
  }

 private:
  std::vector<Padding1D> Cuts() const {
    return {args().cropping.depth, args().cropping.height, args().cropping.width};
  }
};

struct UpSampling3DArgs {
  Size3D size = 2;
  LayerOptions options;
};

class UpSampling3DLayer
    : public layers_internal::ConfiguredLayer<UpSampling3DLayer, UpSampling3DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "UpSampling3D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("size", a.size);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    for (int64_t times : {args().size.depth, args().size.height, args().size.width})
      DAGRAD_RETURN_IF_ERROR(layers_internal::CheckTimes(times, "size"));
    return layers_internal::CheckRank(inputs, 5);
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    using layers_internal::RepeatEach;
    const Size3D& size = args().size;
    return RepeatEach(RepeatEach(RepeatEach(inputs[0], 1, size.depth), 2, size.height), 3,
                      size.width);
  }
};

}  // namespace

Layer ZeroPadding3D(Padding3D padding, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ZeroPadding3DLayer>(
      ZeroPadding3DArgs{padding, std::move(options)}, location);
}
Layer Cropping3D(Padding3D cropping, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<Cropping3DLayer>(Cropping3DArgs{cropping, std::move(options)},
                                                     location);
}
Layer UpSampling3D(Size3D size, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<UpSampling3DLayer>(UpSampling3DArgs{size, std::move(options)},
                                                       location);
}

namespace layers_internal {
LayerClass ZeroPadding3DClass() {
  return {ZeroPadding3DLayer::kClassName, ZeroPadding3DLayer::FromConfig};
}
LayerClass Cropping3DClass() { return {Cropping3DLayer::kClassName, Cropping3DLayer::FromConfig}; }
LayerClass UpSampling3DClass() {
  return {UpSampling3DLayer::kClassName, UpSampling3DLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
