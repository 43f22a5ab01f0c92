#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

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
    return TargetFor(inputs[0].shape).status();
  }
  IntegerData integer_data() const override { return IntegerData::kPassed; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const absl::StatusOr<Target> target = TargetFor(inputs[0].shape());
    if (!target.ok()) return context.builder()->Fail(target.status());
    return dagrad::Reshape(WithoutSurplus(inputs[0], target->surplus), target->shape);
  }

 private:
  struct Target {
    Shape shape;
    Dim surplus;  // elements of an example without a place: 0, or for the run to be found 0
  };

  absl::StatusOr<Target> TargetFor(const Shape& shape) const {
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
    Target target{.shape = Shape({shape.dim(0)}), .surplus = 0};
    for (size_t i = 0; i < args().target_shape.size(); ++i) {
      const int64_t d = args().target_shape[i];
      if (d < -1 || (d == -1 && unknown >= 0) ||
          (d >= 0 && __builtin_mul_overflow(known, d, &known)))
        return fail();
      if (d == -1) unknown = static_cast<int>(i) + 1;
      target.shape.push_back(Dim(std::max<int64_t>(d, 0)));
    }
    Dim rest = 1;
    if (unknown >= 0) {
      if (known == 0) return fail();
      // Rounded up, so that what has too few elements is not empty: nothing checks what is empty.
      rest = Dim::ExactDiv(wanted, Dim(known)).value_or(Dim::CeilDiv(wanted, known));
      target.shape.set_dim(unknown, rest);
    }
    target.surplus = wanted - rest * Dim(known);
    const bool open = target.surplus.is_valid() && !wanted.is_known() && !target.surplus.is_known();
    if (!open && !(target.surplus == Dim(0))) return fail();
    return target;
  }

  // x. Where there is a surplus in the run, the slice begins before its row, or ends behind it: an
  // error.
  static Value WithoutSurplus(Value x, const Dim& surplus) {
    if (!x.valid() || surplus == Dim(0)) return x;
    const Value rows = dagrad::Flatten(x);
    if (!rows.valid()) return rows;
    return Slice(rows, {0, Dim(0) - surplus}, {rows.dim(0), rows.dim(1) - surplus});
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

namespace layers_internal {
LayerClass FlattenClass() { return {FlattenLayer::kClassName, FlattenLayer::FromConfig}; }
LayerClass ReshapeClass() { return {ReshapeLayer::kClassName, ReshapeLayer::FromConfig}; }
LayerClass ActivationClass() { return {ActivationLayer::kClassName, ActivationLayer::FromConfig}; }
LayerClass IdentityClass() { return {IdentityLayer::kClassName, IdentityLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
