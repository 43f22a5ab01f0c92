#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/nn/dropout/dropout.h"

// Layers that change their input at random in training, and are the identity otherwise.
namespace dagrad::keras {
namespace {

// The stream of one call: with a seed, another than without, as Dropout has it.
int64_t NextStream(CallContext& context, const std::optional<int64_t>& seed) {
  return context.NextStream() ^ (seed.value_or(0) << 20);
}

Value Normal(CallContext& context, Value like, const std::optional<int64_t>& seed, double mean,
             double stddev) {
  return RandomNormal(
      context.RandomKey(), like.shape(),
      {.mean = mean, .stddev = stddev, .stream = NextStream(context, seed), .dtype = like.dtype()});
}

// 1 is a rate where `closed`.
absl::Status CheckRate(double rate, bool closed) {
  if (rate >= 0 && (rate < 1 || (closed && rate == 1))) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("rate must be in [0, 1", closed ? "]" : ")", ", not ", rate));
}

template <typename Options>
struct RateArgs {
  double rate = 0;
  Options options;
};

// What the noise is drawn for; of kNone the input's own size.
Shape NoiseShapeFor(const Shape& input, const NoiseShape& given) {
  if (!given.has_value()) return input;
  Shape shape;
  for (int i = 0; i < static_cast<int>(given->size()); ++i)
    shape.push_back((*given)[i] == kNone ? input.dim(i) : Dim((*given)[i]));
  return shape;
}

absl::Status CheckNoiseShape(const ValueType& input, const NoiseShape& given) {
  if (!given.has_value()) return absl::OkStatus();
  const int rank = input.shape.rank(), axes = static_cast<int>(given->size());
  bool fits = axes <= rank && std::all_of(given->begin(), given->end(),
                                          [](int64_t size) { return size == kNone || size > 0; });
  const Shape shape = fits ? NoiseShapeFor(input.shape, given) : Shape();
  for (int i = 0; fits && i < axes; ++i) {
    const Dim size = input.shape.dim(rank - axes + i);
    fits = shape.dim(i) == size || shape.dim(i) == Dim(1);
  }
  if (fits) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(
      "noise_shape ", DimsToString(*given), " does not fit ", input.ToString(),
      ": each size is 1, the input's, or kNone (a number for the batch needs a batch_size)"));
}

// Elements of `shape` that are 0, or 1/(1 - rate).
Value Kept(CallContext& context, Value like, const Shape& shape, double rate,
           const std::optional<int64_t>& seed) {
  return dagrad::Dropout(Full(like.builder(), like.dtype(), shape, 1), context.RandomKey(),
                         {.rate = rate, .stream = NextStream(context, seed)});
}

constexpr const char* kSpatialNames[] = {"SpatialDropout1D", "SpatialDropout2D",
                                         "SpatialDropout3D"};

// What the layers with a rate differ in: y of x, in training, for a rate above 0; and, where they
// take it, below 1, of which 0 is left.
struct DropoutForm {
  static constexpr const char* kClassName = "Dropout";
  static constexpr int kLeastRank = 1, kMostRank = kMaxRank;
  static constexpr bool kTakesOne = true;
  using Options = DropoutOptions;
  static Value Of(CallContext& context, Value x, const RateArgs<Options>& a) {
    const DropoutOptions& o = a.options;
    if (!o.noise_shape.has_value()) {
      const int64_t stream = NextStream(context, o.seed);
      return dagrad::Dropout(x, context.RandomKey(), {.rate = a.rate, .stream = stream});
    }
    return x * Kept(context, x, NoiseShapeFor(x.shape(), o.noise_shape), a.rate, o.seed);
  }
};
template <int kAxes>  // between batch and channels
struct SpatialForm {
  static constexpr const char* kClassName = kSpatialNames[kAxes - 1];
  static constexpr int kLeastRank = kAxes + 2, kMostRank = kAxes + 2;
  static constexpr bool kTakesOne = true;
  using Options = NoiseOptions;
  static Value Of(CallContext& context, Value x, const RateArgs<Options>& a) {
    Shape shape = x.shape();
    for (int axis = 1; axis <= kAxes; ++axis) shape.set_dim(axis, 1);
    return x * Kept(context, x, shape, a.rate, a.options.seed);
  }
};
struct GaussianForm {
  static constexpr const char* kClassName = "GaussianDropout";
  static constexpr int kLeastRank = 1, kMostRank = kMaxRank;
  static constexpr bool kTakesOne = false;
  using Options = NoiseOptions;
  static Value Of(CallContext& context, Value x, const RateArgs<Options>& a) {
    return x * Normal(context, x, a.options.seed, 1, std::sqrt(a.rate / (1 - a.rate)));
  }
};
struct AlphaForm {
  static constexpr const char* kClassName = "AlphaDropout";
  static constexpr int kLeastRank = 1, kMostRank = kMaxRank;
  static constexpr bool kTakesOne = false;
  using Options = DropoutOptions;
  static Value Of(CallContext& context, Value x, const RateArgs<Options>& a) {
    constexpr double kDropped = -1.6732632423543772848 * 1.0507009873554804934;  // -α λ of SELU
    const double scale = 1 / std::sqrt((1 - a.rate) * (1 + a.rate * kDropped * kDropped));
    const Value kept = GreaterEqual(
        RandomUniform(context.RandomKey(), NoiseShapeFor(x.shape(), a.options.noise_shape),
                      {.stream = NextStream(context, a.options.seed), .dtype = x.dtype()}),
        a.rate);
    const Value dropped = Full(x.builder(), x.dtype(), Shape({}), kDropped);
    return dagrad::Select(kept, x, dropped) * scale - scale * kDropped * a.rate;
  }
};

template <typename Form>
class RandomLayer
    : public layers_internal::ConfiguredLayer<RandomLayer<Form>, RateArgs<typename Form::Options>> {
 public:
  using Args = RateArgs<typename Form::Options>;
  using Base = layers_internal::ConfiguredLayer<RandomLayer<Form>, Args>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  static constexpr bool kHasShape = std::is_same_v<typename Form::Options, DropoutOptions>;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("rate", a.rate);
    if constexpr (kHasShape) visit("noise_shape", a.options.noise_shape);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRate(args().rate, Form::kTakesOne));
    return CheckInputs(inputs);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!context.training() || args().rate == 0 || !x.valid()) return x;
    // The first call alone has been checked.
    if (const absl::Status s = CheckInputs({x.type()}); !s.ok()) return context.builder()->Fail(s);
    return args().rate == 1 ? ZerosLike(x) : Form::Of(context, x, args());
  }

 private:
  absl::Status CheckInputs(absl::Span<const ValueType> inputs) const {
    DAGRAD_RETURN_IF_ERROR(
        layers_internal::CheckOneFloatInput(inputs, Form::kLeastRank, Form::kMostRank));
    if constexpr (kHasShape) return CheckNoiseShape(inputs[0], args().options.noise_shape);
    return absl::OkStatus();
  }
};

struct GaussianNoiseArgs {
  double stddev = 0;
  NoiseOptions options;
};

class GaussianNoiseLayer
    : public layers_internal::ConfiguredLayer<GaussianNoiseLayer, GaussianNoiseArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "GaussianNoise";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("stddev", a.stddev);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    if (!(args().stddev >= 0 && args().stddev <= 1))
      return InvalidArgumentError(absl::StrCat("stddev must be in [0, 1], not ", args().stddev));
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!context.training() || args().stddev == 0 || !x.valid()) return x;
    return x + Normal(context, x, args().options.seed, 0, args().stddev);
  }
};

template <typename Form>
Layer WithRate(double rate, typename Form::Options options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomLayer<Form>>(
      RateArgs<typename Form::Options>{rate, std::move(options)}, location);
}

template <typename Form>
LayerClass RateClass() {
  return {Form::kClassName, RandomLayer<Form>::FromConfig};
}

}  // namespace

Layer Dropout(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<DropoutForm>(rate, std::move(options), location);
}
Layer SpatialDropout1D(double rate, NoiseOptions options, SourceLocation location) {
  return WithRate<SpatialForm<1>>(rate, std::move(options), location);
}
Layer SpatialDropout2D(double rate, NoiseOptions options, SourceLocation location) {
  return WithRate<SpatialForm<2>>(rate, std::move(options), location);
}
Layer SpatialDropout3D(double rate, NoiseOptions options, SourceLocation location) {
  return WithRate<SpatialForm<3>>(rate, std::move(options), location);
}
Layer GaussianDropout(double rate, NoiseOptions options, SourceLocation location) {
  return WithRate<GaussianForm>(rate, std::move(options), location);
}
Layer AlphaDropout(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<AlphaForm>(rate, std::move(options), location);
}
Layer GaussianNoise(double stddev, NoiseOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<GaussianNoiseLayer>(
      GaussianNoiseArgs{stddev, std::move(options)}, location);
}

namespace layers_internal {
LayerClass DropoutClass() { return RateClass<DropoutForm>(); }
LayerClass SpatialDropout1DClass() { return RateClass<SpatialForm<1>>(); }
LayerClass SpatialDropout2DClass() { return RateClass<SpatialForm<2>>(); }
LayerClass SpatialDropout3DClass() { return RateClass<SpatialForm<3>>(); }
LayerClass GaussianDropoutClass() { return RateClass<GaussianForm>(); }
LayerClass AlphaDropoutClass() { return RateClass<AlphaForm>(); }
LayerClass GaussianNoiseClass() {
  return {GaussianNoiseLayer::kClassName, GaussianNoiseLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
