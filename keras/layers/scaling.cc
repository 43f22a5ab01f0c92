#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/adaptable.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Rescaling and Normalization.
namespace dagrad::keras {
namespace {

using layers_internal::ConfiguredLayer;

Value ConstantOf(Value like, const std::vector<double>& values, const Dims& dims) {
  absl::StatusOr<Tensor> t =
      Tensor::Of<double>(dims, absl::MakeConstSpan(values)).Cast(like.dtype());
  return t.ok() ? Constant(like.builder(), *t) : like.builder()->Fail(t.status());
}

struct RescalingArgs {
  Numbers scale = 1.0, offset = 0.0;
  LayerOptions options;
};

class RescalingLayer : public ConfiguredLayer<RescalingLayer, RescalingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Rescaling";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("scale", a.scale);
    visit("offset", a.offset);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneNumberInput(inputs, 1, kMaxRank));
    for (const Numbers* n : {&args().scale, &args().offset}) {
      const auto count = static_cast<int64_t>(n->values.size());
      if (count == 1 || (count > 1 && inputs[0].shape.dim(-1) == Dim(count))) continue;
      return InvalidArgumentError(absl::StrCat(
          "scale and offset are one number, or one for each element of the last axis of ",
          inputs[0].ToString(), ", not ", count));
    }
    return absl::OkStatus();
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    return x * Of(x, args().scale) + Of(x, args().offset);
  }

 private:
  static Value Of(Value x, const Numbers& n) {
    const auto count = static_cast<int64_t>(n.values.size());
    return ConstantOf(x, n.values, count == 1 ? Dims() : Dims({count}));
  }
};

struct NormalizationArgs {
  NormalizationOptions options;
};

class NormalizationLayer : public ConfiguredLayer<NormalizationLayer, NormalizationArgs>,
                           public layers_internal::Adaptable {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Normalization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("axis", a.options.axis);
    visit("mean", a.options.mean);
    visit("variance", a.options.variance);
    visit("invert", a.options.invert);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneNumberInput(inputs, 1, kMaxRank));
    DAGRAD_RETURN_IF_ERROR(FindAxes(inputs[0]));
    const NormalizationOptions& o = args().options;
    if (o.mean.has_value() != o.variance.has_value())
      return InvalidArgumentError("mean and variance are given both or not at all");
    if (o.mean.has_value()) return CheckGiven();
    const DType dtype = layers_internal::FloatOf(inputs[0].dtype);
    mean_ = AddWeight("mean", dtype, kept_, "zeros", /*trainable=*/false);
    variance_ = AddWeight("variance", dtype, kept_, "ones", /*trainable=*/false);
    AddWeight("count", DType::kInt32, {}, "zeros", /*trainable=*/false);
    return absl::OkStatus();
  }

  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    Value mean, variance;
    if (args().options.mean.has_value()) {
      mean = Given(x, *args().options.mean);
      variance = Given(x, *args().options.variance);
    } else {
      const Shape shape(absl::MakeConstSpan(spread_));
      mean = dagrad::Reshape(WeightValue(context, mean_), shape);
      variance = dagrad::Reshape(WeightValue(context, variance_), shape);
    }
    const Value deviation = dagrad::Maximum(Sqrt(variance), 1e-7);
    return args().options.invert ? x * deviation + mean : (x - mean) / deviation;
  }

  absl::Status Adapt(const Tensor& data) override {
    if (args().options.mean.has_value())
      return InvalidArgumentError("mean and variance are given: there is nothing to adapt");
    DAGRAD_ASSIGN_OR_RETURN(const Tensor numbers, data.Cast(DType::kFloat64));
    if (numbers.rank() == 0 || numbers.num_elements() == 0)
      return InvalidArgumentError(absl::StrCat("no examples to adapt to: ", data.ToString(0)));
    Shape shape(absl::MakeConstSpan(data.dims()));
    shape.set_dim(0, Dim("batch"));
    DAGRAD_RETURN_IF_ERROR(EnsureBuilt({{layers_internal::FloatOf(data.dtype()), shape}}));
    for (size_t i = 0; i < axes_.size(); ++i) {
      if (axes_.back() < data.rank() && data.dims()[axes_[i]] == kept_[i]) continue;
      return InvalidArgumentError(
          absl::StrCat("the layer was built for other sizes than ", data.ToString(0), " has"));
    }
    return SetMoments(numbers);
  }

 private:
  absl::Status FindAxes(const ValueType& input) {
    const int rank = input.shape.rank();
    axes_.clear();
    kept_.clear();
    spread_.assign(rank, 1);
    for (int64_t axis : args().options.axis) {
      const int64_t a = axis < 0 ? axis + rank : axis;
      if (a < 0 || a >= rank || !input.shape.dim(static_cast<int>(a)).is_known()) {
        return InvalidArgumentError(absl::StrCat("each axis must be one of known size of ",
                                                 input.ToString(), ", not ", axis));
      }
      axes_.push_back(static_cast<int>(a));
    }
    std::sort(axes_.begin(), axes_.end());
    if (std::adjacent_find(axes_.begin(), axes_.end()) != axes_.end())
      return InvalidArgumentError("axis names the same axis twice");
    for (int a : axes_) {
      kept_.push_back(input.shape.dim(a).value());
      spread_[a] = kept_.back();
    }
    return absl::OkStatus();
  }
  absl::Status CheckGiven() const {
    const size_t n = args().options.mean->values.size();
    if (n != args().options.variance->values.size())
      return InvalidArgumentError("mean and variance differ in size");
    const auto count = static_cast<int64_t>(n);
    const bool fits =
        n == 1 || count == NumElements(kept_) || (!kept_.empty() && count == kept_.back());
    if (fits) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("mean and variance have ", n, " numbers, for ",
                                             DimsToString(kept_), " along axis"));
  }
  Value Given(Value x, const Numbers& n) const {
    const auto count = static_cast<int64_t>(n.values.size());
    if (count == 1) return ConstantOf(x, n.values, Dims());
    Dims dims = spread_;
    for (size_t i = 0; i + 1 < axes_.size() && count != NumElements(kept_); ++i) dims[axes_[i]] = 1;
    return ConstantOf(x, n.values, dims);
  }
  // Where element i of `dims` belongs among those that are kept.
  int64_t PlaceOf(int64_t i, const Dims& dims) const {
    int64_t place = 0, factor = 1;
    for (int a = static_cast<int>(dims.size()) - 1; a >= 0; --a) {
      if (spread_[a] != 1 || std::find(axes_.begin(), axes_.end(), a) != axes_.end()) {
        place += i % dims[a] * factor;
        factor *= dims[a];
      }
      i /= dims[a];
    }
    return place;
  }
  absl::Status SetMoments(const Tensor& data) {
    const auto x = data.data<double>();
    const auto places = static_cast<size_t>(NumElements(kept_));
    std::vector<double> mean(places), variance(places);
    const double each = static_cast<double>(x.size()) / static_cast<double>(places);
    for (size_t i = 0; i < x.size(); ++i)
      mean[PlaceOf(static_cast<int64_t>(i), data.dims())] += x[i] / each;
    for (size_t i = 0; i < x.size(); ++i) {
      const int64_t p = PlaceOf(static_cast<int64_t>(i), data.dims());
      variance[p] += (x[i] - mean[p]) * (x[i] - mean[p]) / each;
    }
    DAGRAD_RETURN_IF_ERROR(SetWeight(mean_, mean));
    return SetWeight(variance_, variance);
  }
  // In the memory that models share, where there is some.
  absl::Status SetWeight(int index, const std::vector<double>& values) {
    Weight& w = mutable_weights()[index];
    DAGRAD_ASSIGN_OR_RETURN(Tensor t,
                            Tensor::Of<double>(w.dims, absl::MakeConstSpan(values)).Cast(w.dtype));
    if (!w.value.defined()) {
      w.value = std::move(t);
    } else {
      std::memcpy(w.value.mutable_bytes(), t.bytes(), t.byte_size());
    }
    return absl::OkStatus();
  }

  std::vector<int> axes_;  // from 0 on, rising
  Dims kept_;              // their sizes
  Dims spread_;            // these at their axes, 1 at the others
  int mean_ = -1;
  int variance_ = -1;
};

}  // namespace

absl::Status Adapt(const Layer& layer, const Tensor& data) {
  auto* const adaptable = dynamic_cast<layers_internal::Adaptable*>(layer.impl().get());
  if (adaptable != nullptr) return layer->Prefixed(adaptable->Adapt(data));
  return layer->Prefixed(InvalidArgumentError("has nothing to adapt to data"));
}

Layer Rescaling(Numbers scale, Numbers offset, LayerOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<RescalingLayer>(
      RescalingArgs{std::move(scale), std::move(offset), std::move(options)}, location);
}
Layer Normalization(NormalizationOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<NormalizationLayer>(NormalizationArgs{std::move(options)},
                                                        location);
}

namespace layers_internal {
LayerClass RescalingClass() { return {RescalingLayer::kClassName, RescalingLayer::FromConfig}; }
LayerClass NormalizationClass() {
  return {NormalizationLayer::kClassName, NormalizationLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
