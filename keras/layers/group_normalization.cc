#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Normalizations of each example by itself: UnitNormalization, RMSNormalization,
// GroupNormalization.
namespace dagrad::keras {
namespace {

// The axis, counted from 0; an error where it is the batch's or none of the input's.
absl::StatusOr<int> ResolveAxis(int64_t axis, const ValueType& input) {
  const int rank = input.shape.rank();
  const int64_t resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 1 && resolved < rank) return static_cast<int>(resolved);
  return InvalidArgumentError(
      absl::StrCat("axis ", axis, " is the batch's or outside of ", input.ToString()));
}

absl::StatusOr<int64_t> SizeOf(int axis, const ValueType& input) {
  const Dim d = input.shape.dim(axis);
  if (d.is_known()) return d.value();
  return InvalidArgumentError(absl::StrCat("dimension ", axis, " must be a number, not ",
                                           d.ToString(), " of ", input.ToString()));
}

absl::Status CheckEpsilon(double epsilon) {
  if (epsilon > 0 && std::isfinite(epsilon)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("epsilon must be positive and finite, not ", epsilon));
}

// `weight` [size of the axis] with 1 for all other dimensions of `rank`.
Value AlongAxis(Value weight, int axis, int rank) {
  std::vector<Dim> dims(rank, Dim(1));
  if (weight.valid()) dims[axis] = weight.dim(0);
  return dagrad::Reshape(weight, Shape(absl::MakeConstSpan(dims)));
}

struct UnitNormalizationArgs {
  UnitNormalizationOptions options;
};

class UnitNormalizationLayer
    : public layers_internal::ConfiguredLayer<UnitNormalizationLayer, UnitNormalizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "UnitNormalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    return ResolveAxis(args().options.axis, inputs[0]).status();
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    constexpr double kLeast = 1e-24;  // of the square
    const Value x = inputs[0];
    return x *
           Rsqrt(dagrad::Maximum(
               ReduceSum(Square(x), {.axes = {args().options.axis}, .keepdims = true}), kLeast));
  }
};

struct RMSNormalizationArgs {
  RMSNormalizationOptions options;
};

class RMSNormalizationLayer
    : public layers_internal::ConfiguredLayer<RMSNormalizationLayer, RMSNormalizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "RMSNormalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("epsilon", a.options.epsilon);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    DAGRAD_RETURN_IF_ERROR(CheckEpsilon(args().options.epsilon));
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckLastAxis(args().options.axis, inputs[0]));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t size, layers_internal::LastDim(inputs[0]));
    scale_ = AddWeight("scale", inputs[0].dtype, {size}, "ones");
    return absl::OkStatus();
  }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    if (!x.valid()) return x;
    const Value mean = ReduceMean(Square(x), {.axes = {-1}, .keepdims = true});
    return x * Rsqrt(mean + args().options.epsilon) * WeightValue(context, scale_);
  }

 private:
  int scale_ = -1;
};

struct GroupNormalizationArgs {
  GroupNormalizationOptions options;
};

class GroupNormalizationLayer
    : public layers_internal::ConfiguredLayer<GroupNormalizationLayer, GroupNormalizationArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "GroupNormalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("groups", a.options.groups);
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
    const GroupNormalizationOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank - 1));
    DAGRAD_RETURN_IF_ERROR(CheckEpsilon(o.epsilon));
    DAGRAD_ASSIGN_OR_RETURN(axis_, ResolveAxis(o.axis, inputs[0]));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t size, SizeOf(axis_, inputs[0]));
    groups_ = o.groups == -1 ? size : o.groups;
    if (groups_ < 1 || size % groups_ != 0) {
      return InvalidArgumentError(absl::StrCat("groups (", o.groups, ") must divide the ", size,
                                               " channels of ", inputs[0].ToString(),
                                               ", or be -1: one a channel"));
    }
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
    const Value x = inputs[0];
    if (!x.valid()) return x;
    // Each group's axis stands before that of its channels.
    std::vector<Dim> dims;
    std::vector<int64_t> axes;
    for (int i = 0; i < x.rank(); ++i) {
      if (i == axis_) dims.emplace_back(groups_);
      if (i > 0) axes.push_back(static_cast<int64_t>(dims.size()));
      dims.push_back(i == axis_ ? Dim(x.dim(i).value() / groups_) : x.dim(i));
    }
    const ReduceOptions of_group = {.axes = axes, .keepdims = true};
    const Value grouped = dagrad::Reshape(x, Shape(absl::MakeConstSpan(dims)));
    const Value centered = grouped - ReduceMean(grouped, of_group);
    const Value variance = ReduceMean(Square(centered), of_group);
    Value y = dagrad::Reshape(centered * Rsqrt(variance + args().options.epsilon), x.shape());
    if (gamma_ >= 0) y = y * AlongAxis(WeightValue(context, gamma_), axis_, x.rank());
    if (beta_ >= 0) y = y + AlongAxis(WeightValue(context, beta_), axis_, x.rank());
    return y;
  }

 private:
  int axis_ = 0;
  int64_t groups_ = 1;
  int gamma_ = -1;
  int beta_ = -1;
};

}  // namespace

Layer UnitNormalization(UnitNormalizationOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<UnitNormalizationLayer>(
      UnitNormalizationArgs{std::move(options)}, location);
}
Layer RMSNormalization(RMSNormalizationOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RMSNormalizationLayer>(RMSNormalizationArgs{std::move(options)},
                                                           location);
}
Layer GroupNormalization(GroupNormalizationOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<GroupNormalizationLayer>(
      GroupNormalizationArgs{std::move(options)}, location);
}

namespace layers_internal {
LayerClass UnitNormalizationClass() {
  return {UnitNormalizationLayer::kClassName, UnitNormalizationLayer::FromConfig};
}
LayerClass RMSNormalizationClass() {
  return {RMSNormalizationLayer::kClassName, RMSNormalizationLayer::FromConfig};
}
LayerClass GroupNormalizationClass() {
  return {GroupNormalizationLayer::kClassName, GroupNormalizationLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
