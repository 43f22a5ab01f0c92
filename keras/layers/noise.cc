#include <cmath>
#include <cstdint>
#include <memory>
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

absl::Status CheckRate(double rate) {
  if (rate >= 0 && rate < 1) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("rate must be in [0, 1), not ", rate));
}

struct RateArgs {
  double rate = 0;
  DropoutOptions options;
};

constexpr const char* kSpatialNames[] = {"SpatialDropout1D", "SpatialDropout2D",
                                         "SpatialDropout3D"};

// What the layers with a rate differ in: y of x, in training, for a rate above 0.
template <int kAxes>  // between batch and channels
struct SpatialForm {
  static constexpr const char* kClassName = kSpatialNames[kAxes - 1];
  static constexpr int kLeastRank = kAxes + 2, kMostRank = kAxes + 2;
  static Value Of(CallContext& context, Value x, const RateArgs& a) {
    Shape shape = x.shape();
    for (int axis = 1; axis <= kAxes; ++axis) shape.set_dim(axis, 1);
    const Value ones = Full(x.builder(), x.dtype(), shape, 1);
    return x * dagrad::Dropout(ones, context.RandomKey(),
                               {.rate = a.rate, .stream = NextStream(context, a.options.seed)});
  }
};
struct GaussianForm {
  static constexpr const char* kClassName = "GaussianDropout";
  static constexpr int kLeastRank = 1, kMostRank = kMaxRank;
  static Value Of(CallContext& context, Value x, const RateArgs& a) {
    return x * Normal(context, x, a.options.seed, 1, std::sqrt(a.rate / (1 - a.rate)));
  }
};
struct AlphaForm {
  static constexpr const char* kClassName = "AlphaDropout";
  static constexpr int kLeastRank = 1, kMostRank = kMaxRank;
  static Value Of(CallContext& context, Value x, const RateArgs& a) {
    constexpr double kDropped = -1.6732632423543772848 * 1.0507009873554804934;  // -α λ of SELU
    const double scale = 1 / std::sqrt((1 - a.rate) * (1 + a.rate * kDropped * kDropped));
    const Value kept = GreaterEqual(
        RandomUniform(context.RandomKey(), x.shape(),
                      {.stream = NextStream(context, a.options.seed), .dtype = x.dtype()}),
        a.rate);
    const Value dropped = Full(x.builder(), x.dtype(), Shape({}), kDropped);
    return dagrad::Select(kept, x, dropped) * scale - scale * kDropped * a.rate;
  }
};

template <typename Form>
class RandomLayer : public layers_internal::ConfiguredLayer<RandomLayer<Form>, RateArgs> {
 public:
  using Base = layers_internal::ConfiguredLayer<RandomLayer<Form>, RateArgs>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("rate", a.rate);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRate(args().rate));
    return layers_internal::CheckOneFloatInput(inputs, Form::kLeastRank, Form::kMostRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const bool same = !context.training() || args().rate == 0 || !inputs[0].valid();
    return same ? inputs[0] : Form::Of(context, inputs[0], args());
  }
};

struct GaussianNoiseArgs {
  double stddev = 0;
  DropoutOptions options;
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
Layer WithRate(double rate, DropoutOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RandomLayer<Form>>(RateArgs{rate, std::move(options)},
                                                       location);
}

template <typename Form>
LayerClass RateClass() {
  return {Form::kClassName, RandomLayer<Form>::FromConfig};
}

}  // namespace

Layer SpatialDropout1D(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<SpatialForm<1>>(rate, std::move(options), location);
}
Layer SpatialDropout2D(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<SpatialForm<2>>(rate, std::move(options), location);
}
Layer SpatialDropout3D(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<SpatialForm<3>>(rate, std::move(options), location);
}
Layer GaussianDropout(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<GaussianForm>(rate, std::move(options), location);
}
Layer AlphaDropout(double rate, DropoutOptions options, SourceLocation location) {
  return WithRate<AlphaForm>(rate, std::move(options), location);
}
Layer GaussianNoise(double stddev, DropoutOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<GaussianNoiseLayer>(
      GaussianNoiseArgs{stddev, std::move(options)}, location);
}

namespace layers_internal {
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
