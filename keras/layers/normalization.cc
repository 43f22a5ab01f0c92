#include <algorithm>
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
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::keras {
namespace {

// The weight, or a constant where the layer has none.
Value WeightOr(Value weight, Value like, double constant) {
  if (weight.valid() || !like.valid()) return weight;
  return Full(like.builder(), like.dtype(), Shape({like.dim(-1)}), constant);
}

// The axes that are meant, from 0, in rising order.
absl::StatusOr<std::vector<int64_t>> Resolved(const std::vector<int64_t>& axes,
                                              const ValueType& input) {
  const int64_t rank = input.shape.rank();
  std::vector<int64_t> resolved;
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank || axis == 0 || axis == -rank) {
      return InvalidArgumentError(absl::StrCat("axis must be one of ", input.ToString(),
                                               " other than the batch's, not ", axis));
    }
    resolved.push_back(axis < 0 ? axis + rank : axis);
  }
  std::sort(resolved.begin(), resolved.end());
  if (std::adjacent_find(resolved.begin(), resolved.end()) != resolved.end())
    return InvalidArgumentError("axis names the same axis twice");
  if (resolved.empty()) return InvalidArgumentError("axis must be one or more axes");
  return resolved;
}

// Their sizes, which weights depend on.
absl::StatusOr<Dims> SizesOf(const std::vector<int64_t>& axes, const ValueType& input) {
  Dims sizes;
  for (int64_t axis : axes) {
    const Dim d = input.shape.dim(static_cast<int>(axis));
    if (!d.is_known()) {
      return InvalidArgumentError(absl::StrCat("the normalized dimensions must be numbers, not ",
                                               d.ToString(), " of ", input.ToString()));
    }
    sizes.push_back(d.value());
  }
  return sizes;
}

// The order of the axes of a tensor that has `last` behind all others; empty where it has so
// already.
std::vector<int64_t> OrderWithLast(const std::vector<int64_t>& last, int64_t rank) {
  std::vector<int64_t> order;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (std::find(last.begin(), last.end(), axis) == last.end()) order.push_back(axis);
  }
  order.insert(order.end(), last.begin(), last.end());
  return std::is_sorted(order.begin(), order.end()) ? std::vector<int64_t>() : order;
}

std::vector<int64_t> Inverse(const std::vector<int64_t>& order) {
  std::vector<int64_t> inverse(order.size());
  for (size_t i = 0; i < order.size(); ++i) inverse[order[i]] = static_cast<int64_t>(i);
  return inverse;
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
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<int64_t> axis, Resolved({o.axis}, inputs[0]));
    order_ = OrderWithLast(axis, inputs[0].shape.rank());
    if (!(o.momentum >= 0 && o.momentum <= 1)) {
      return InvalidArgumentError(absl::StrCat("momentum must be in [0, 1], not ", o.momentum));
    }
    if (!(o.epsilon > 0))
      return InvalidArgumentError(absl::StrCat("epsilon must be positive, not ", o.epsilon));
    DAGRAD_ASSIGN_OR_RETURN(const Dims sizes, SizesOf(axis, inputs[0]));
    const int64_t channels = sizes[0];
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
    if (order_.empty() || !inputs[0].valid())
      return ChannelsLast(context, inputs[0], inputs.mask());
    if (inputs.mask().valid()) {
      return context.builder()->Fail(
          Prefixed(InvalidArgumentError("a mask needs the channels in the last axis")));
    }
    const Value y = ChannelsLast(context, Transpose(inputs[0], order_), Value());
    return Transpose(y, Inverse(order_));
  }
  bool supports_masking() const override { return true; }

 private:
  Value ChannelsLast(CallContext& context, Value x, Value mask) const {
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
    if (mask.valid() && x.valid()) {
      const Moments moments = MomentsOfUnmasked(x, mask);
      move_to(moments.mean, moments.variance);
      return BatchNormInference(x, gamma, beta, moments.mean, moments.variance,
                                {.epsilon = epsilon});
    }
    const BatchNormResult result = BatchNorm(x, gamma, beta, {.epsilon = epsilon});
    move_to(result.mean, result.variance);
    return result.y;
  }

  std::vector<int64_t> order_;  // of the axes, with the channels last; empty: as they are
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
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<int64_t> axes, Resolved(o.axis.values, inputs[0]));
    order_ = OrderWithLast(axes, inputs[0].shape.rank());
    if (!(o.epsilon > 0))
      return InvalidArgumentError(absl::StrCat("epsilon must be positive, not ", o.epsilon));
    DAGRAD_ASSIGN_OR_RETURN(sizes_, SizesOf(axes, inputs[0]));
    if (o.scale)
      gamma_ = WithRules(AddWeight("gamma", inputs[0].dtype, sizes_, o.gamma_initializer),
                         o.gamma_regularizer, o.gamma_constraint);
    if (o.center)
      beta_ = WithRules(AddWeight("beta", inputs[0].dtype, sizes_, o.beta_initializer),
                        o.beta_regularizer, o.beta_constraint);
    return absl::OkStatus();
  }

  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const Value x = order_.empty() ? inputs[0] : Transpose(inputs[0], order_);
    const Value y = sizes_.size() == 1 ? OverLast(context, x) : OverSeveral(context, x);
    return order_.empty() ? y : Transpose(y, Inverse(order_));
  }

 private:
  Value OverLast(CallContext& context, Value x) const {
    const Value gamma = WeightOr(Flat(context, gamma_), x, 1);
    const Value beta = WeightOr(Flat(context, beta_), x, 0);
    return LayerNorm(x, gamma, beta, {.epsilon = args().options.epsilon}).y;
  }

  // The last axes as one.
  Value OverSeveral(CallContext& context, Value x) const {
    const auto kept = static_cast<int>(x.rank() - static_cast<int>(sizes_.size()));
    Shape joined;
    for (int i = 0; i < kept; ++i) joined.push_back(x.dim(i));
    joined.push_back(Dim(NumElements(sizes_)));
    return Reshape(OverLast(context, Reshape(x, joined)), x.shape());
  }

  // The weight in one axis.
  Value Flat(CallContext& context, int weight) const {
    if (weight < 0) return Value();
    const Value value = WeightValue(context, weight);
    return sizes_.size() == 1 ? value : Reshape(value, Shape({Dim(NumElements(sizes_))}));
  }

  std::vector<int64_t> order_;  // of the axes, with the normalized ones last; empty: as they are
  Dims sizes_;                  // of the normalized axes
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
