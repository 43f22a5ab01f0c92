#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/shape/pad/pad.h"

namespace dagrad::keras {
namespace {

struct ZeroPadding2DArgs {
  Padding2D padding = 1;
  LayerOptions options;
};

class ZeroPadding2DLayer
    : public layers_internal::ConfiguredLayer<ZeroPadding2DLayer, ZeroPadding2DArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ZeroPadding2D";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("padding", a.padding);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 4, 4));
    const Padding2D& p = args().padding;
    if (p.top >= 0 && p.bottom >= 0 && p.left >= 0 && p.right >= 0) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("padding must not be negative: [[", p.top, ",",
                                             p.bottom, "],[", p.left, ",", p.right, "]]"));
  }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Padding2D& p = args().padding;
    return Pad(inputs[0], {0, p.top, p.left, 0}, {0, p.bottom, p.right, 0});
  }
};

}  // namespace

Layer ZeroPadding2D(Padding2D padding, LayerOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<ZeroPadding2DLayer>(ZeroPadding2DArgs{padding, std::move(options)},
                                                    std::move(name), location));
}

LayerClass layers_internal::ZeroPadding2DClass() {
  return {ZeroPadding2DLayer::kClassName, ZeroPadding2DLayer::FromConfig};
}

}  // namespace dagrad::keras
