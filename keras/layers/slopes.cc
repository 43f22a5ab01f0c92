#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"

// Activations that do not end at 0: LeakyReLU, PReLU, ELU.
namespace dagrad::keras {
namespace {

struct LeakyReLUArgs {
  LeakyReLUOptions options;
};

class LeakyReLULayer : public layers_internal::ConfiguredLayer<LeakyReLULayer, LeakyReLUArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "LeakyReLU";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("negative_slope", a.options.negative_slope);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    const double slope = args().options.negative_slope;
    if (!(slope >= 0 && std::isfinite(slope))) {
      return InvalidArgumentError(
          absl::StrCat("negative_slope must be 0 or more and finite, not ", slope));
    }
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return LeakyRelu(inputs[0], args().options.negative_slope);
  }
};

struct ELUArgs {
  ELUOptions options;
};

class ELULayer : public layers_internal::ConfiguredLayer<ELULayer, ELUArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "ELU";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("alpha", a.options.alpha);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    if (!std::isfinite(args().options.alpha)) {
      return InvalidArgumentError(absl::StrCat("alpha must be finite, not ", args().options.alpha));
    }
    return layers_internal::CheckOneFloatInput(inputs, 1, kMaxRank);
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return Elu(inputs[0], args().options.alpha);
  }
};

struct PReLUArgs {
  PReLUOptions options;
};

class PReLULayer : public layers_internal::ConfiguredLayer<PReLULayer, PReLUArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "PReLU";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("alpha_initializer", a.options.alpha_initializer);
    visit("alpha_regularizer", a.options.alpha_regularizer);
    visit("alpha_constraint", a.options.alpha_constraint);
    visit("shared_axes", a.options.shared_axes);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    const Shape& shape = inputs[0].shape;
    std::vector<std::optional<int64_t>> slopes;  // of each axis but the batch's; none: not known
    for (int i = 1; i < shape.rank(); ++i) {
      slopes.push_back(shape.dim(i).is_known() ? std::optional(shape.dim(i).value())
                                               : std::nullopt);
    }
    for (int64_t axis : args().options.shared_axes.value_or(Dims())) {
      if (axis < 1 || axis >= shape.rank()) {
        return InvalidArgumentError(absl::StrCat("shared_axes has ", axis,
                                                 ", which is the batch's or no axis of ",
                                                 inputs[0].ToString()));
      }
      slopes[axis - 1] = 1;
    }
    Dims dims;
    for (const std::optional<int64_t>& size : slopes) {
      if (!size.has_value()) {
        return InvalidArgumentError(
            absl::StrCat("dimensions that are no numbers must be among "
                         "shared_axes: ",
                         inputs[0].ToString()));
      }
      dims.push_back(*size);
    }
    const PReLUOptions& o = args().options;
    alpha_ = WithRules(AddWeight("alpha", inputs[0].dtype, dims, o.alpha_initializer),
                       o.alpha_regularizer, o.alpha_constraint);
    return absl::OkStatus();
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    return Relu(x) - WeightValue(context, alpha_) * Relu(Neg(x));
  }

 private:
  int alpha_ = -1;
};

}  // namespace

Layer LeakyReLU(LeakyReLUOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<LeakyReLULayer>(LeakyReLUArgs{std::move(options)}, location);
}

Layer ELU(ELUOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<ELULayer>(ELUArgs{std::move(options)}, location);
}

Layer PReLU(PReLUOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<PReLULayer>(PReLUArgs{std::move(options)}, location);
}

namespace layers_internal {
LayerClass LeakyReLUClass() { return {LeakyReLULayer::kClassName, LeakyReLULayer::FromConfig}; }
LayerClass ELUClass() { return {ELULayer::kClassName, ELULayer::FromConfig}; }
LayerClass PReLUClass() { return {PReLULayer::kClassName, PReLULayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
