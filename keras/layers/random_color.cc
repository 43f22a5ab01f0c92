#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/random_image.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

// Layers that mirror, crop or colour images at random.
namespace dagrad::keras {
namespace {

using layers_internal::CheckFactor;
using layers_internal::CheckImage;
using layers_internal::DrawEach;
using layers_internal::RandomImageLayer;

struct RandomFlipArgs {
  RandomFlipOptions options;
};

// x with its elements along the axis the other way round.
Value Mirrored(Value x, int axis) {
  Shape starts = {0, 0, 0, 0};
  starts.set_dim(axis, x.dim(axis) - 1);
  std::vector<int64_t> strides = {1, 1, 1, 1};
  strides[axis] = -1;
  return Slice(x, starts, x.shape(), strides);
}

class RandomFlipLayer : public RandomImageLayer<RandomFlipLayer, RandomFlipArgs> {
 public:
  using RandomImageLayer::RandomImageLayer;
  static constexpr const char* kClassName = "RandomFlip";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("mode", a.options.mode);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    const std::string& mode = args().options.mode;
    if (mode == "horizontal" || mode == "vertical" || mode == "horizontal_and_vertical")
      return CheckImage(inputs);
    return InvalidArgumentError(absl::StrCat(
        "mode is horizontal, vertical or horizontal_and_vertical, not \"", mode, "\""));
  }
  Value Change(CallContext& context, Value x) const {
    const std::string& mode = args().options.mode;
    const Value flips = LessEqual(DrawEach(context, x, args().options.seed, 0, 1), 0.5);
    Value y = x;
    if (mode != "vertical") y = Mirrored(y, 2);
    if (mode != "horizontal") y = Mirrored(y, 1);
    return dagrad::Select(flips, y, x);
  }
};

struct RandomCropArgs {
  int64_t height = 1, width = 1;
  RandomImageOptions options;
};

class RandomCropLayer : public layers_internal::ConfiguredLayer<RandomCropLayer, RandomCropArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "RandomCrop";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("height", a.height);
    visit("width", a.width);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckImage(inputs));
    return layers_internal::CheckImageSize(args().height, args().width);
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    if (!context.training()) return layers_internal::SmartResize(x, args().height, args().width);
    const int64_t height = x.dim(1).value(), width = x.dim(2).value();
    const int64_t rows = height - args().height, columns = width - args().width;
    if (rows > 0 && columns > 0)
      return Cut(context, Cut(context, x, 1, args().height, rows), 2, args().width, columns);
    // From the middle of what has the proportions on, as far as there is something.
    layers_internal::Box box =
        layers_internal::MiddleOf(height, width, args().height, args().width);
    box.height = std::min(args().height, height - box.top);
    box.width = std::min(args().width, width - box.left);
    return layers_internal::ResizeImage(layers_internal::CutOut(x, box), args().height,
                                        args().width, "bilinear", false);
  }

 private:
  // `size` elements from one of 0 … last on.
  Value Cut(CallContext& context, Value x, int axis, int64_t size, int64_t last) const {
    const int64_t stream = context.NextStream() ^ (args().options.seed.value_or(0) << 20);
    const Value start = RandomUniform(context.RandomKey(), Shape({1}),
                                      {.hi = static_cast<double>(last + 1), .stream = stream});
    const Value first = dagrad::Minimum(Cast(start, DType::kInt64), static_cast<double>(last));
    return Gather(x, first + Iota(x.builder(), DType::kInt64, {size}, 0), {.axis = axis});
  }
};

struct ColorArgs {
  Factor factor = 0.0;
  RandomColorOptions options;
};

// What the layers with a factor and a range of values differ in.
struct ContrastForm {
  static constexpr const char* kClassName = "RandomContrast";
  static constexpr double kLeast = 0;
  static Value Of(CallContext& context, Value x, const Factor& f, double low, double high,
                  const std::optional<int64_t>& seed) {
    const Value factor = DrawEach(context, x, seed, 1 - f.lower, 1 + f.upper);
    const Value mean = ReduceMean(x, {.axes = {1, 2}, .keepdims = true});
    return Clip((x - mean) * factor + mean, low, high);
  }
};
struct BrightnessForm {
  static constexpr const char* kClassName = "RandomBrightness";
  static constexpr double kLeast = -1;
  static Value Of(CallContext& context, Value x, const Factor& f, double low, double high,
                  const std::optional<int64_t>& seed) {
    return Clip(x + DrawEach(context, x, seed, f.lower, f.upper) * (high - low), low, high);
  }
};
struct InvertForm {
  static constexpr const char* kClassName = "RandomInvert";
  static constexpr double kLeast = 0;
  static Value Of(CallContext& context, Value x, const Factor& f, double, double high,
                  const std::optional<int64_t>& seed) {
    const Value probability = DrawEach(context, x, seed, f.lower, f.upper);
    return dagrad::Select(Less(DrawEach(context, x, seed, 0, 1), probability), high - x, x);
  }
};

template <typename Form>
class ColorLayer : public RandomImageLayer<ColorLayer<Form>, ColorArgs> {
 public:
  using Base = RandomImageLayer<ColorLayer<Form>, ColorArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("factor", a.factor);
    visit("value_range", a.options.value_range);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckFactor("factor", Range(), Form::kLeast, 1));
    const std::vector<double>& range = args().options.value_range.values;
    if (range.size() == 2 && range[0] < range[1]) return CheckImage(inputs);
    return InvalidArgumentError("value_range is two numbers, the lower one first");
  }
  Value Change(CallContext& context, Value x) const {
    const std::vector<double>& range = args().options.value_range.values;
    return Form::Of(context, x, Range(), range[0], range[1], args().options.seed);
  }

 private:
  // [-f, f] of one number f means [0, f] where none may be negative.
  Factor Range() const {
    const Factor& f = args().factor;
    const bool of_one = f.lower == -f.upper;
    return Form::kLeast == 0 && of_one ? Factor(0, f.upper) : f;
  }
};

struct RandomGrayscaleArgs {
  double factor = 0.5;
  RandomImageOptions options;
};

class RandomGrayscaleLayer : public RandomImageLayer<RandomGrayscaleLayer, RandomGrayscaleArgs> {
 public:
  using RandomImageLayer::RandomImageLayer;
  static constexpr const char* kClassName = "RandomGrayscale";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("factor", a.factor);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    if (!(args().factor >= 0 && args().factor <= 1))
      return InvalidArgumentError(absl::StrCat("factor must be in [0, 1], not ", args().factor));
    DAGRAD_RETURN_IF_ERROR(CheckImage(inputs));
    if (inputs[0].shape.dim(3) == Dim(3)) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("takes images of three channels, not ", inputs[0].ToString()));
  }
  Value Change(CallContext& context, Value x) const {
    const absl::StatusOr<Tensor> weights =
        Tensor::Of<double>({3}, {0.2989, 0.587, 0.114}).Cast(x.dtype());
    if (!weights.ok()) return x.builder()->Fail(weights.status());
    const Value gray =
        ReduceSum(x * Constant(x.builder(), *weights), {.axes = {3}, .keepdims = true});
    const Value change = Less(DrawEach(context, x, args().options.seed, 0, 1), args().factor);
    return dagrad::Select(change, gray, x);
  }
};

template <typename Form>
Layer MakeColor(Factor factor, RandomColorOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ColorLayer<Form>>(ColorArgs{factor, std::move(options)},
                                                      location);
}

template <typename Form>
LayerClass ColorClass() {
  return {Form::kClassName, ColorLayer<Form>::FromConfig};
}

}  // namespace

Layer RandomFlip(RandomFlipOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomFlipLayer>(RandomFlipArgs{std::move(options)}, location);
}
Layer RandomCrop(int64_t height, int64_t width, RandomImageOptions options,
                 SourceLocation location) {
  return layers_internal::MakeLayer<RandomCropLayer>(
      RandomCropArgs{height, width, std::move(options)}, location);
}
Layer RandomContrast(Factor factor, RandomColorOptions options, SourceLocation location) {
  return MakeColor<ContrastForm>(factor, std::move(options), location);
}
Layer RandomBrightness(Factor factor, RandomColorOptions options, SourceLocation location) {
  return MakeColor<BrightnessForm>(factor, std::move(options), location);
}
Layer RandomInvert(Factor factor, RandomColorOptions options, SourceLocation location) {
  return MakeColor<InvertForm>(factor, std::move(options), location);
}
Layer RandomGrayscale(double factor, RandomImageOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomGrayscaleLayer>(
      RandomGrayscaleArgs{factor, std::move(options)}, location);
}

namespace layers_internal {
LayerClass RandomFlipClass() { return {RandomFlipLayer::kClassName, RandomFlipLayer::FromConfig}; }
LayerClass RandomCropClass() { return {RandomCropLayer::kClassName, RandomCropLayer::FromConfig}; }
LayerClass RandomContrastClass() { return ColorClass<ContrastForm>(); }
LayerClass RandomBrightnessClass() { return ColorClass<BrightnessForm>(); }
LayerClass RandomInvertClass() { return ColorClass<InvertForm>(); }
LayerClass RandomGrayscaleClass() {
  return {RandomGrayscaleLayer::kClassName, RandomGrayscaleLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
