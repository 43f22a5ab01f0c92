#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

struct PlainArgs {
  LayerOptions options;
};

class FlattenLayer : public layers_internal::ConfiguredLayer<FlattenLayer, PlainArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Flatten";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    if (inputs[0].shape.rank() >= 1) return absl::OkStatus();
    return InvalidArgumentError("takes an input with a batch dimension, not a scalar");
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Shape& shape = inputs[0].shape();
    Dim features = 1;
    for (int i = 1; i < shape.rank(); ++i) features = features * shape.dim(i);
    return dagrad::Reshape(inputs[0], Shape({shape.dim(0), features}));
  }
};

struct ReshapeArgs {
  Dims target_shape;
  LayerOptions options;
};

class ReshapeLayer : public layers_internal::ConfiguredLayer<ReshapeLayer, ReshapeArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Reshape";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("target_shape", a.target_shape);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    return Target(inputs[0].shape).status();
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    absl::StatusOr<Shape> target = Target(inputs[0].shape());
    if (!target.ok()) return context.builder()->Fail(target.status());
    return dagrad::Reshape(inputs[0], *target);
  }

 private:
  absl::StatusOr<Shape> Target(const Shape& shape) const {
    auto fail = [&] {
      return InvalidArgumentError(absl::StrCat("cannot reshape ", shape.ToString(),
                                               " to [batch] and ",
                                               DimsToString(args().target_shape)));
    };
    if (shape.rank() < 1) return fail();
    Dim wanted = 1;
    for (int i = 1; i < shape.rank(); ++i) wanted = wanted * shape.dim(i);
    int unknown = -1;
    int64_t known = 1;
    Shape target({shape.dim(0)});
    for (size_t i = 0; i < args().target_shape.size(); ++i) {
      const int64_t d = args().target_shape[i];
      if (d < -1 || (d == -1 && unknown >= 0) ||
          (d >= 0 && __builtin_mul_overflow(known, d, &known)))
        return fail();
      if (d == -1) unknown = static_cast<int>(i) + 1;
      target.push_back(Dim(std::max<int64_t>(d, 0)));
    }
    if (unknown >= 0) {
      if (known == 0) return fail();
      std::optional<Dim> rest = Dim::ExactDiv(wanted, Dim(known));
      if (!rest.has_value()) return fail();
      target.set_dim(unknown, *rest);
    } else if (!(wanted == Dim(known))) {
      return fail();
    }
    return target;
  }
};

struct ActivationArgs {
  std::string activation;
  LayerOptions options;
};

class ActivationLayer : public layers_internal::ConfiguredLayer<ActivationLayer, ActivationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Activation";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("activation", a.activation);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckActivation(args().activation));
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Activate(args().activation, inputs[0]);
  }
};

class IdentityLayer : public layers_internal::ConfiguredLayer<IdentityLayer, PlainArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Identity";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    return layers_internal::CheckInputCount(inputs, 1, 1);
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override { return inputs[0]; }
};

struct DropoutArgs {
  double rate = 0;
  keras::DropoutOptions options;
};

class DropoutLayer : public layers_internal::ConfiguredLayer<DropoutLayer, DropoutArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Dropout";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("rate", a.rate);
    visit("seed", a.options.seed);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    if (!(args().rate >= 0 && args().rate < 1)) {
      return InvalidArgumentError(absl::StrCat("rate must be in [0, 1), not ", args().rate));
    }
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!context.training() || args().rate == 0) return inputs[0];
    // A seed of the layer's own moves its numbers to another part of the stream numbers.
    const int64_t stream = context.NextStream() ^ (args().options.seed.value_or(0) << 20);
    return dagrad::Dropout(inputs[0], context.RandomKey(), {.rate = args().rate, .stream = stream});
  }
};

}  // namespace

Layer Flatten(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<FlattenLayer>(PlainArgs{std::move(options)}, location);
}

Layer Reshape(Dims target_shape, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ReshapeLayer>(
      ReshapeArgs{std::move(target_shape), std::move(options)}, location);
}

Layer Activation(std::string activation, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ActivationLayer>(
      ActivationArgs{std::move(activation), std::move(options)}, location);
}

Layer Identity(LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<IdentityLayer>(PlainArgs{std::move(options)}, location);
}

Layer Dropout(double rate, DropoutOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<DropoutLayer>(DropoutArgs{rate, std::move(options)}, location);
}

namespace layers_internal {
LayerClass FlattenClass() { return {FlattenLayer::kClassName, FlattenLayer::FromConfig}; }
LayerClass ReshapeClass() { return {ReshapeLayer::kClassName, ReshapeLayer::FromConfig}; }
LayerClass ActivationClass() { return {ActivationLayer::kClassName, ActivationLayer::FromConfig}; }
LayerClass IdentityClass() { return {IdentityLayer::kClassName, IdentityLayer::FromConfig}; }
LayerClass DropoutClass() { return {DropoutLayer::kClassName, DropoutLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
