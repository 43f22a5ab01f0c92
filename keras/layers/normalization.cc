#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

// The weight, or a constant where the layer has none.
Value WeightOr(Value weight, Value like, double constant) {
  if (weight.valid() || !like.valid()) return weight;
  return Full(like.builder(), like.dtype(), Shape({like.dim(-1)}), constant);
}

struct BatchNormalizationArgs {
  BatchNormalizationOptions options;
};

// Mean and variance of each channel over all that the mask has.
struct Moments {
  Value mean, variance;
};
Moments MomentsOfUnmasked(Value x, Value mask) {
  constexpr double kEpsilon = 1e-7;  // Keras's, against a mask of padding only
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.rank() - 1; ++axis) axes.push_back(axis);
  const ReduceOptions all = {.axes = axes};
  const Value there = ExpandDims(mask, -1);
  const Value count = ReduceSum(Cast(there, x.dtype()), all) + kEpsilon;
  const Value mean = ReduceSum(dagrad::Select(there, x, ZerosLike(x)), all) / count;
  const Value difference = dagrad::Select(there, x - mean, ZerosLike(x));
  return {mean, ReduceSum(Square(difference), all) / count};
}

class BatchNormalizationLayer
    : public layers_internal::ConfiguredLayer<BatchNormalizationLayer, BatchNormalizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "BatchNormalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("momentum", a.options.momentum);
    visit("epsilon", a.options.epsilon);
    visit("center", a.options.center);
    visit("scale", a.options.scale);
    visit("beta_initializer", a.options.beta_initializer);
    visit("gamma_initializer", a.options.gamma_initializer);
    visit("moving_mean_initializer", a.options.moving_mean_initializer);
    visit("moving_variance_initializer", a.options.moving_variance_initializer);
    visit("beta_regularizer", a.options.beta_regularizer);
    visit("gamma_regularizer", a.options.gamma_regularizer);
    visit("beta_constraint", a.options.beta_constraint);
    visit("gamma_constraint", a.options.gamma_constraint);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    const BatchNormalizationOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckLastAxis(o.axis, inputs[0]));
    if (!(o.momentum >= 0 && o.momentum <= 1)) {
      return InvalidArgumentError(absl::StrCat("momentum must be in [0, 1], not ", o.momentum));
    }
    if (!(o.epsilon > 0))
      return InvalidArgumentError(absl::StrCat("epsilon must be positive, not ", o.epsilon));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t channels, layers_internal::LastDim(inputs[0]));
    const DType dtype = inputs[0].dtype;
    if (o.scale)
      gamma_ = WithRules(AddWeight("gamma", dtype, {channels}, o.gamma_initializer),
                         o.gamma_regularizer, o.gamma_constraint);
    if (o.center)
      beta_ = WithRules(AddWeight("beta", dtype, {channels}, o.beta_initializer),
                        o.beta_regularizer, o.beta_constraint);
    mean_ =
        AddWeight("moving_mean", dtype, {channels}, o.moving_mean_initializer, /*trainable=*/false);
    variance_ = AddWeight("moving_variance", dtype, {channels}, o.moving_variance_initializer,
                          /*trainable=*/false);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    const Value gamma = WeightOr(gamma_ < 0 ? Value() : WeightValue(context, gamma_), x, 1);
    const Value beta = WeightOr(beta_ < 0 ? Value() : WeightValue(context, beta_), x, 0);
    const Value moving_mean = WeightValue(context, mean_);
    const Value moving_variance = WeightValue(context, variance_);
    const double epsilon = args().options.epsilon;
    if (!context.training() || !trainable()) {
      return BatchNormInference(x, gamma, beta, moving_mean, moving_variance, {.epsilon = epsilon});
    }
    const auto move_to = [&](Value mean, Value variance) {
      const double m = args().options.momentum;
      UpdateWeight(context, mean_, moving_mean * m + mean * (1 - m));
      UpdateWeight(context, variance_, moving_variance * m + variance * (1 - m));
    };
    if (inputs.mask().valid() && x.valid()) {
      const Moments moments = MomentsOfUnmasked(x, inputs.mask());
      move_to(moments.mean, moments.variance);
      return BatchNormInference(x, gamma, beta, moments.mean, moments.variance,
                                {.epsilon = epsilon});
    }
    const BatchNormResult result = BatchNorm(x, gamma, beta, {.epsilon = epsilon});
    move_to(result.mean, result.variance);
    return result.y;
  }
  bool supports_masking() const override { return true; }

 private:
  int gamma_ = -1;
  int beta_ = -1;
  int mean_ = -1;
  int variance_ = -1;
};

struct LayerNormalizationArgs {
  LayerNormalizationOptions options;
};

class LayerNormalizationLayer
    : public layers_internal::ConfiguredLayer<LayerNormalizationLayer, LayerNormalizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "LayerNormalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("epsilon", a.options.epsilon);
    visit("center", a.options.center);
    visit("scale", a.options.scale);
    visit("beta_initializer", a.options.beta_initializer);
    visit("gamma_initializer", a.options.gamma_initializer);
    visit("beta_regularizer", a.options.beta_regularizer);
    visit("gamma_regularizer", a.options.gamma_regularizer);
    visit("beta_constraint", a.options.beta_constraint);
    visit("gamma_constraint", a.options.gamma_constraint);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    const LayerNormalizationOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckLastAxis(o.axis, inputs[0]));
    if (!(o.epsilon > 0))
      return InvalidArgumentError(absl::StrCat("epsilon must be positive, not ", o.epsilon));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t size, layers_internal::LastDim(inputs[0]));
    if (o.scale)
      gamma_ = WithRules(AddWeight("gamma", inputs[0].dtype, {size}, o.gamma_initializer),
                         o.gamma_regularizer, o.gamma_constraint);
    if (o.center)
      beta_ = WithRules(AddWeight("beta", inputs[0].dtype, {size}, o.beta_initializer),
                        o.beta_regularizer, o.beta_constraint);
    return absl::OkStatus();
  }

  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value gamma = WeightOr(gamma_ < 0 ? Value() : WeightValue(context, gamma_), inputs[0], 1);
    const Value beta = WeightOr(beta_ < 0 ? Value() : WeightValue(context, beta_), inputs[0], 0);
    return LayerNorm(inputs[0], gamma, beta, {.epsilon = args().options.epsilon}).y;
  }

 private:
  int gamma_ = -1;
  int beta_ = -1;
};

}  // namespace

Layer BatchNormalization(BatchNormalizationOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<BatchNormalizationLayer>(BatchNormalizationArgs{std::move(options)},
                                                         std::move(name), location));
}

Layer LayerNormalization(LayerNormalizationOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<LayerNormalizationLayer>(LayerNormalizationArgs{std::move(options)},
                                                         std::move(name), location));
}

namespace layers_internal {
LayerClass BatchNormalizationClass() {
  return {BatchNormalizationLayer::kClassName, BatchNormalizationLayer::FromConfig};
}
LayerClass LayerNormalizationClass() {
  return {LayerNormalizationLayer::kClassName, LayerNormalizationLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
