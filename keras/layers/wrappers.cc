#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras {
namespace {

struct TimeDistributedArgs {
  Layer layer{nullptr};
  LayerOptions options;
};

// Whether the layer, or one within, has statistics that training calls move.
bool HasStatistics(const LayerImpl& layer) {  // NOLINT(misc-no-recursion)
  const auto& weights = layer.weights();
  const auto& within = layer.sublayers();
  return std::any_of(weights.begin(), weights.end(),
                     [](const Weight& w) { return !w.trainable && !w.carried; }) ||
         std::any_of(within.begin(), within.end(),
                     [](const LayerImpl::Sublayer& s) { return HasStatistics(*s.layer); });
}

// Step `t` of [batch, steps, …]: [batch, …].
Value StepOf(Value x, int64_t t) {
  std::vector<Dim> dims = {x.dim(0)};
  for (int i = 2; i < x.rank(); ++i) dims.push_back(x.dim(i));
  return dagrad::Reshape(SliceAxis(x, 1, {.start = t, .limit = t + 1}),
                         Shape(absl::MakeConstSpan(dims)));
}

// The steps are examples of the inner layer, of which there are batch · steps; statistics are moved
// step by step.
class TimeDistributedLayer
    : public layers_internal::ConfiguredLayer<TimeDistributedLayer, TimeDistributedArgs> {
 public:
  TimeDistributedLayer(TimeDistributedArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location) {
    AddSublayer(inner());
  }
  static constexpr const char* kClassName = "TimeDistributed";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("layer", a.layer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    if (inputs[0].shape.rank() < 2) {
      return InvalidArgumentError(
          absl::StrCat("takes an input [batch, steps, …], not ", inputs[0].ToString()));
    }
    return inner()->EnsureBuilt({{inputs[0].dtype, Merged(inputs[0].shape)}});
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const Shape& shape = inputs[0].shape();
    if (context.training() && shape.dim(1).is_known() && HasStatistics(*inner()))
      return CallByStep(context, inputs, shape.dim(1).value());
    const std::vector<Value> merged = {dagrad::Reshape(inputs[0], Merged(shape))};
    // One mask of the steps is of no use within a step: only a mask of what is in a step is.
    Value mask = inputs.mask();
    if (!mask.valid() || mask.rank() < 3 || !inner()->supports_masking()) mask = Value();
    const std::vector<Value> masks = {mask.valid() ? dagrad::Reshape(mask, Merged(mask.shape()))
                                                   : Value()};
    std::vector<Value> outputs =
        context.CallLayer(*inner(), {.values = merged, .masks = masks}).values;
    for (Value& y : outputs) {
      if (!y.valid()) return y;
      if (y.rank() < 1 || !(y.dim(0) == merged[0].dim(0))) {
        return context.builder()->Fail(Prefixed(InvalidArgumentError(
            absl::StrCat("the inner layer mixes its examples: it gives ", y.type().ToString()))));
      }
      std::vector<Dim> dims = {shape.dim(0), shape.dim(1)};
      for (int i = 1; i < y.rank(); ++i) dims.push_back(y.dim(i));
      y = dagrad::Reshape(y, Shape(absl::MakeConstSpan(dims)));
    }
    return {std::move(outputs), {inputs.mask()}};
  }

  bool supports_masking() const override { return true; }
  IntegerData integer_data() const override { return inner()->integer_data(); }

 private:
  LayerOutputs CallByStep(CallContext& context, const LayerInputs& inputs, int64_t steps) const {
    const Value mask = inner()->supports_masking() ? inputs.mask() : Value();
    std::vector<std::vector<Value>> by_output;
    for (int64_t t = 0; t < steps; ++t) {
      const std::vector<Value> step = {StepOf(inputs[0], t)};
      const std::vector<Value> masks = {mask.valid() ? StepOf(mask, t) : Value()};
      const std::vector<Value> outputs =
          context.CallLayer(*inner(), {.values = step, .masks = masks}).values;
      by_output.resize(outputs.size());
      for (size_t i = 0; i < outputs.size(); ++i) {
        if (!outputs[i].valid()) return outputs[i];
        by_output[i].push_back(ExpandDims(outputs[i], 1));
      }
    }
    std::vector<Value> joined;
    for (const std::vector<Value>& values : by_output) joined.push_back(Concat(values, 1));
    return {std::move(joined), {inputs.mask()}};
  }

  const std::shared_ptr<LayerImpl>& inner() const { return args().layer.impl(); }
  static Shape Merged(const Shape& shape) {
    std::vector<Dim> dims = {shape.dim(0) * shape.dim(1)};
    for (int i = 2; i < shape.rank(); ++i) dims.push_back(shape.dim(i));
    return Shape(absl::MakeConstSpan(dims));
  }
};

struct BidirectionalArgs {
  Layer layer{nullptr};
  BidirectionalOptions options;
};

class BidirectionalLayer
    : public layers_internal::ConfiguredLayer<BidirectionalLayer, BidirectionalArgs> {
 public:
  BidirectionalLayer(BidirectionalArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location) {
    status_ = MakeLayers();
    if (!status_.ok()) return;
    AddSublayer(forward_);
    AddSublayer(backward_);
  }
  static constexpr const char* kClassName = "Bidirectional";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("layer", a.layer);
    visit("merge_mode", a.options.merge_mode);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(status_);
    const std::string& mode = args().options.merge_mode;
    if (mode != "concat" && mode != "sum" && mode != "mul" && mode != "ave" && mode != "none") {
      return InvalidArgumentError(
          absl::StrCat("merge_mode must be concat, sum, mul, ave or none, not \"", mode, "\""));
    }
    DAGRAD_RETURN_IF_ERROR(forward_->EnsureBuilt(inputs));
    return backward_->EnsureBuilt(inputs);
  }

  int initial_states() const override {
    return forward_ == nullptr ? 0 : 2 * forward_->initial_states();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const auto half = inputs.initial_state.size() / 2;
    const std::vector<Value> ahead =
        context
            .CallLayer(*forward_, {inputs.values, inputs.initial_state.first(half), inputs.masks})
            .values;
    std::vector<Value> back =
        context
            .CallLayer(*backward_,
                       {inputs.values, inputs.initial_state.subspan(half), inputs.masks})
            .values;
    if (!ahead[0].valid() || !back[0].valid()) return Value();
    const bool of_all_steps = back[0].rank() == 3;
    if (of_all_steps) {  // the last one first
      const Shape& shape = back[0].shape();
      back[0] = Slice(back[0], {0, shape.dim(1) - 1, 0}, shape, {1, -1, 1});
    }
    std::vector<Value> outputs = Merge(ahead[0], back[0]);
    std::vector<Value> masks(outputs.size(), of_all_steps ? inputs.mask() : Value());
    outputs.insert(outputs.end(), ahead.begin() + 1, ahead.end());
    outputs.insert(outputs.end(), back.begin() + 1, back.end());
    return {std::move(outputs), std::move(masks)};
  }

  bool supports_masking() const override { return true; }

 private:
  // Both are made from the inner layer's options, as in Keras, which leaves that unused.
  absl::Status MakeLayers() {
    const LayerImpl& inner = *args().layer.impl();
    const Json config = inner.Config();
    bool backwards = false;
    if (!ReadJson(Member(config, "go_backwards"), &backwards)) {
      return InvalidArgumentError(absl::StrCat(
          "takes a recurrent layer, with the option go_backwards, not a ", inner.class_name()));
    }
    // As in Keras: of a result for each step, those of padding are 0.
    bool zero_of_padding = false;
    ReadJson(Member(config, "return_sequences"), &zero_of_padding);
    const std::string class_name(inner.class_name());
    const std::string name = inner.name().empty() ? SnakeCase(class_name) : inner.name();
    forward_ = inner.CopyAlike("forward_" + name, {{"go_backwards", backwards},
                                                   {"zero_output_for_mask", zero_of_padding}});
    backward_ = inner.CopyAlike("backward_" + name, {{"go_backwards", !backwards},
                                                     {"zero_output_for_mask", zero_of_padding}});
    if (forward_ != nullptr && backward_ != nullptr) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("needs two layers of class ", class_name,
                                             ", which does not implement LayerImpl::Copy"));
  }

  std::vector<Value> Merge(Value a, Value b) const {
    const std::string& mode = args().options.merge_mode;
    if (mode == "concat") return {Concat({a, b}, -1)};
    if (mode == "sum") return {a + b};
    if (mode == "mul") return {a * b};
    if (mode == "ave") return {(a + b) * 0.5};
    return {a, b};
  }

  absl::Status status_;
  std::shared_ptr<LayerImpl> forward_, backward_;
};

}  // namespace

Layer TimeDistributed(Layer layer, LayerOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<TimeDistributedLayer>(
      TimeDistributedArgs{std::move(layer), std::move(options)}, std::move(name), location));
}

Layer Bidirectional(Layer layer, BidirectionalOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<BidirectionalLayer>(
      BidirectionalArgs{std::move(layer), std::move(options)}, std::move(name), location));
}

LayerClass layers_internal::TimeDistributedClass() {
  return {TimeDistributedLayer::kClassName, TimeDistributedLayer::FromConfig};
}

LayerClass layers_internal::BidirectionalClass() {
  return {BidirectionalLayer::kClassName, BidirectionalLayer::FromConfig};
}

}  // namespace dagrad::keras
