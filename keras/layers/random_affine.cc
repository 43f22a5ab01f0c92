#include <cmath>
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
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// RandomRotation, RandomTranslation and RandomZoom: pixel (x, y) of the result is that at (a0 x +
// a1 y + a2, b0 x + b1 y + b2).
namespace dagrad::keras {
namespace {

using layers_internal::CheckFactor;
using layers_internal::DrawEach;

// Each [batch, 1, 1, 1].
struct Affine {
  Value a0, a1, a2, b0, b1, b2;
};

// A whole place along an axis of `size`, and whether it is inside of it.
struct Place {
  Value index, inside;
};

Place PlaceOf(Value whole, double size, const std::string& fill_mode) {
  const Value inside = LogicalAnd(GreaterEqual(whole, 0.0), LessEqual(whole, size - 1));
  Value index = whole;
  if (fill_mode == "wrap") {
    index = FloorMod(whole, size);
  } else if (fill_mode == "reflect") {
    const Value odd = Abs(FloorMod(whole * 2.0 + (1 + 2 * size), 4 * size) - 2 * size);
    index = Floor((odd - 1.0) * 0.5);
  }
  return {Clip(index, 0.0, size - 1), inside};
}

Value Take(Value x, const Place& row, const Place& column, const RandomAffineOptions& o) {
  const Dim height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const Shape places = {x.dim(0), height, width};
  GraphBuilder* const g = x.builder();
  const auto whole = [&](Value v) {
    return Cast(dagrad::Reshape(BroadcastTo(v, {x.dim(0), height, width, 1}), places),
                DType::kInt64);
  };
  const Value image = Iota(g, DType::kInt64, places, 0);
  const Value at = (image * static_cast<double>(height.value()) + whole(row.index)) *
                       static_cast<double>(width.value()) +
                   whole(column.index);
  const Value pixels = dagrad::Reshape(x, {x.dim(0) * height * width, channels});
  const Value y = Gather(pixels, at);
  if (o.fill_mode != "constant") return y;
  return dagrad::Select(LogicalAnd(row.inside, column.inside), y, o.fill_value);
}

Value Transform(Value x, const Affine& m, const RandomAffineOptions& o) {
  const auto height = static_cast<double>(x.dim(1).value());
  const auto width = static_cast<double>(x.dim(2).value());
  const Value row = Iota(x.builder(), x.dtype(), {1, x.dim(1), 1, 1}, 1);
  const Value column = Iota(x.builder(), x.dtype(), {1, 1, x.dim(2), 1}, 2);
  const Value across = m.a0 * column + m.a1 * row + m.a2;
  const Value down = m.b0 * column + m.b1 * row + m.b2;
  const auto take = [&](Value r, Value c) {
    return Take(x, PlaceOf(r, height, o.fill_mode), PlaceOf(c, width, o.fill_mode), o);
  };
  if (o.interpolation == "nearest") return take(Round(down), Round(across));
  const Value top = Floor(down), left = Floor(across);
  const Value low = down - top, right = across - left;
  return (take(top, left) * (1.0 - right) + take(top, left + 1.0) * right) * (1.0 - low) +
         (take(top + 1.0, left) * (1.0 - right) + take(top + 1.0, left + 1.0) * right) * low;
}

absl::Status CheckAffine(absl::Span<const ValueType> inputs, const RandomAffineOptions& o) {
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImage(inputs));
  if (o.fill_mode != "reflect" && o.fill_mode != "wrap" && o.fill_mode != "constant" &&
      o.fill_mode != "nearest") {
    return InvalidArgumentError(
        absl::StrCat("fill_mode is reflect, wrap, constant or nearest, not \"", o.fill_mode, "\""));
  }
  if (o.interpolation == "bilinear" || o.interpolation == "nearest") return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("interpolation is bilinear or nearest, not \"", o.interpolation, "\""));
}

template <typename V>
void AffineFields(auto& o, V& visit) {
  visit("fill_mode", o.fill_mode);
  visit("interpolation", o.interpolation);
  visit("seed", o.seed);
  visit("fill_value", o.fill_value);
  visit("input_shape", o.input_shape);
}

Value Zeros(Value like) { return ZerosLike(like); }

struct RandomRotationArgs {
  Factor factor = 0.0;
  RandomAffineOptions options;
};

class RandomRotationLayer
    : public layers_internal::RandomImageLayer<RandomRotationLayer, RandomRotationArgs> {
 public:
  using RandomImageLayer::RandomImageLayer;
  static constexpr const char* kClassName = "RandomRotation";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("factor", a.factor);
    AffineFields(a.options, visit);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckFactor("factor", args().factor, -1, 1));
    return CheckAffine(inputs, args().options);
  }
  Value Change(CallContext& context, Value x) const {
    const double turn = 2 * M_PI;
    const Value angle = DrawEach(context, x, args().options.seed, args().factor.lower * turn,
                                 args().factor.upper * turn);
    const double cx = static_cast<double>(x.dim(2).value() - 1) / 2;
    const double cy = static_cast<double>(x.dim(1).value() - 1) / 2;
    const Value cosine = Cos(angle), sine = Sin(angle);
    return Transform(x,
                     {cosine, sine * -1.0, cx - cosine * cx + sine * cy, sine, cosine,
                      cy - sine * cx - cosine * cy},
                     args().options);
  }
};

struct RandomTranslationArgs {
  Factor height_factor = 0.0, width_factor = 0.0;
  RandomAffineOptions options;
};

class RandomTranslationLayer
    : public layers_internal::RandomImageLayer<RandomTranslationLayer, RandomTranslationArgs> {
 public:
  using RandomImageLayer::RandomImageLayer;
  static constexpr const char* kClassName = "RandomTranslation";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("height_factor", a.height_factor);
    visit("width_factor", a.width_factor);
    AffineFields(a.options, visit);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckFactor("height_factor", args().height_factor, -1, 1));
    DAGRAD_RETURN_IF_ERROR(CheckFactor("width_factor", args().width_factor, -1, 1));
    return CheckAffine(inputs, args().options);
  }
  Value Change(CallContext& context, Value x) const {
    const auto& [h, w, o] = args();
    const Value down =
        DrawEach(context, x, o.seed, h.lower, h.upper) * static_cast<double>(x.dim(1).value());
    const Value right =
        DrawEach(context, x, o.seed, w.lower, w.upper) * static_cast<double>(x.dim(2).value());
    const Value one = OnesLike(down), zero = Zeros(down);
    return Transform(x, {one, zero, right * -1.0, zero, one, down * -1.0}, o);
  }
};

struct RandomZoomArgs {
  Factor height_factor = 0.0;
  std::optional<Factor> width_factor;
  RandomAffineOptions options;
};

class RandomZoomLayer : public layers_internal::RandomImageLayer<RandomZoomLayer, RandomZoomArgs> {
 public:
  using RandomImageLayer::RandomImageLayer;
  static constexpr const char* kClassName = "RandomZoom";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("height_factor", a.height_factor);
    visit("width_factor", a.width_factor);
    AffineFields(a.options, visit);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    for (const Factor& f :
         {args().height_factor, args().width_factor.value_or(args().height_factor)}) {
      DAGRAD_RETURN_IF_ERROR(CheckFactor("each factor", f, -1, 1));
      if (f.lower == -1) return InvalidArgumentError("each factor must be above -1");
    }
    return CheckAffine(inputs, args().options);
  }
  Value Change(CallContext& context, Value x) const {
    const auto& [h, w, o] = args();
    const Value zy = DrawEach(context, x, o.seed, 1 + h.lower, 1 + h.upper);
    const Value zx = w.has_value() ? DrawEach(context, x, o.seed, 1 + w->lower, 1 + w->upper) : zy;
    const double cx = static_cast<double>(x.dim(2).value() - 1) / 2;
    const double cy = static_cast<double>(x.dim(1).value() - 1) / 2;
    const Value zero = Zeros(zy);
    return Transform(x, {zx, zero, (1.0 - zx) * cx, zero, zy, (1.0 - zy) * cy}, o);
  }
};

}  // namespace

Layer RandomRotation(Factor factor, RandomAffineOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomRotationLayer>(
      RandomRotationArgs{factor, std::move(options)}, location);
}
Layer RandomTranslation(Factor height_factor, Factor width_factor, RandomAffineOptions options,
                        SourceLocation location) {
  return layers_internal::MakeLayer<RandomTranslationLayer>(
      RandomTranslationArgs{height_factor, width_factor, std::move(options)}, location);
}
Layer RandomZoom(Factor height_factor, std::optional<Factor> width_factor,
                 RandomAffineOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomZoomLayer>(
      RandomZoomArgs{height_factor, width_factor, std::move(options)}, location);
}

namespace layers_internal {
LayerClass RandomRotationClass() {
  return {RandomRotationLayer::kClassName, RandomRotationLayer::FromConfig};
}
LayerClass RandomTranslationClass() {
  return {RandomTranslationLayer::kClassName, RandomTranslationLayer::FromConfig};
}
LayerClass RandomZoomClass() { return {RandomZoomLayer::kClassName, RandomZoomLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
