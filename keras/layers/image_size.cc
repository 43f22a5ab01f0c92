#include "dagrad/keras/layers/image_size.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras {
namespace layers_internal {

absl::Status CheckImage(absl::Span<const ValueType> inputs) {
  DAGRAD_RETURN_IF_ERROR(CheckOneNumberInput(inputs, 4, 4));
  const Shape& shape = inputs[0].shape;
  if (shape.dim(1).is_known() && shape.dim(2).is_known() && shape.dim(1).value() > 0 &&
      shape.dim(2).value() > 0)
    return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("takes images whose height and width are numbers, not ", inputs[0].ToString()));
}

Value CutOut(Value x, const Box& box) {
  if (!x.valid()) return x;
  if (x.dim(1) == Dim(box.height) && x.dim(2) == Dim(box.width)) return x;
  return Slice(x, {0, box.top, box.left, 0}, {x.dim(0), box.height, box.width, x.dim(3)});
}

namespace {

Value ResizeAxis(Value x, int axis, int64_t out, const std::string& interpolation, bool antialias) {
  const int64_t in = x.dim(axis).value();
  if (in == out) return x;
  const std::vector<WeightedElements> elements = ResizedAxis(in, out, interpolation, antialias);
  if (interpolation == "nearest") {
    std::vector<int64_t> places;
    for (const WeightedElements& e : elements) places.push_back(e.begin);
    return Gather(x, Constant(x.builder(), Tensor::Of<int64_t>({out}, places)), {.axis = axis});
  }
  SparseMatrix matrix;
  for (const WeightedElements& e : elements) {
    for (size_t k = 0; k < e.weights.size(); ++k)
      matrix.Add(e.begin + static_cast<int64_t>(k), e.weights[k]);
    matrix.EndRow();
  }
  return SparseMatMul(matrix, x, {.axis = axis});
}

}  // namespace

Value ResizeImage(Value x, int64_t height, int64_t width, const std::string& interpolation,
                  bool antialias) {
  if (!x.valid()) return x;
  const Value y = ResizeAxis(x, 1, height, interpolation, antialias);
  return y.valid() ? ResizeAxis(y, 2, width, interpolation, antialias) : y;
}

Value SmartResize(Value x, int64_t height, int64_t width) {
  if (!x.valid()) return x;
  const Box box = MiddleOf(x.dim(1).value(), x.dim(2).value(), height, width);
  return ResizeImage(CutOut(x, box), height, width, "bilinear", false);
}

}  // namespace layers_internal

namespace {

struct ResizingArgs {
  int64_t height = 1, width = 1;
  ResizingOptions options;
};

class ResizingLayer : public layers_internal::ConfiguredLayer<ResizingLayer, ResizingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Resizing";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("height", a.height);
    visit("width", a.width);
    visit("interpolation", a.options.interpolation);
    visit("crop_to_aspect_ratio", a.options.crop_to_aspect_ratio);
    visit("pad_to_aspect_ratio", a.options.pad_to_aspect_ratio);
    visit("fill_mode", a.options.fill_mode);
    visit("fill_value", a.options.fill_value);
    visit("antialias", a.options.antialias);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImage(inputs));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImageSize(args().height, args().width));
    const ResizingOptions& o = args().options;
    if (o.crop_to_aspect_ratio && o.pad_to_aspect_ratio)
      return InvalidArgumentError(
          "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
    if (o.fill_mode != "constant")
      return InvalidArgumentError(
          absl::StrCat("fill_mode can only be constant, not \"", o.fill_mode, "\""));
    return layers_internal::CheckInterpolation(o.interpolation);
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    const ResizingOptions& o = args().options;
    const int64_t height = x.dim(1).value(), width = x.dim(2).value();
    if (o.crop_to_aspect_ratio) {
      x = layers_internal::CutOut(
          x, layers_internal::MiddleOf(height, width, args().height, args().width));
    } else if (o.pad_to_aspect_ratio) {
      x = Padded(x, height, width);
    }
    return layers_internal::ResizeImage(x, args().height, args().width, o.interpolation,
                                        o.antialias);
  }

 private:
  // Both sides alike, as Keras has it: an odd row is left out.
  Value Padded(Value x, int64_t height, int64_t width) const {
    const auto whole = [](int64_t other, int64_t target, int64_t target_other) {
      return static_cast<int64_t>(static_cast<double>(other * target) /
                                  static_cast<double>(target_other));
    };
    const int64_t rows =
        std::max<int64_t>(whole(width, args().height, args().width) - height, 0) / 2;
    const int64_t columns =
        std::max<int64_t>(whole(height, args().width, args().height) - width, 0) / 2;
    return Pad(x, {0, rows, columns, 0}, {0, rows, columns, 0},
               {.value = args().options.fill_value});
  }
};

struct CenterCropArgs {
  int64_t height = 1, width = 1;
  LayerOptions options;
};

class CenterCropLayer : public layers_internal::ConfiguredLayer<CenterCropLayer, CenterCropArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "CenterCrop";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("height", a.height);
    visit("width", a.width);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImage(inputs));
    return layers_internal::CheckImageSize(args().height, args().width);
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    const int64_t height = args().height, width = args().width;
    const int64_t rows = x.dim(1).value() - height, columns = x.dim(2).value() - width;
    if (rows < 0 || columns < 0) return layers_internal::SmartResize(x, height, width);
    return layers_internal::CutOut(x, {rows / 2, columns / 2, height, width});
  }
};

}  // namespace

Layer Resizing(int64_t height, int64_t width, ResizingOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ResizingLayer>(ResizingArgs{height, width, std::move(options)},
                                                   location);
}
Layer CenterCrop(int64_t height, int64_t width, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<CenterCropLayer>(
      CenterCropArgs{height, width, std::move(options)}, location);
}

namespace layers_internal {
LayerClass ResizingClass() { return {ResizingLayer::kClassName, ResizingLayer::FromConfig}; }
LayerClass CenterCropClass() { return {CenterCropLayer::kClassName, CenterCropLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
