#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras {
namespace {

// What LSTM and its like have in common; Options as LSTMOptions.
template <typename Options>
struct RecurrentArgs {
  int64_t units = 1;
  Options options;
};

template <typename Options, typename V>
void RecurrentFields(Options& o, V& visit) {
  visit("activation", o.activation);
  visit("recurrent_activation", o.recurrent_activation);
  visit("use_bias", o.use_bias);
  visit("kernel_initializer", o.kernel_initializer);
  visit("recurrent_initializer", o.recurrent_initializer);
  visit("bias_initializer", o.bias_initializer);
  visit("kernel_regularizer", o.kernel_regularizer);
  visit("recurrent_regularizer", o.recurrent_regularizer);
  visit("bias_regularizer", o.bias_regularizer);
  visit("kernel_constraint", o.kernel_constraint);
  visit("recurrent_constraint", o.recurrent_constraint);
  visit("bias_constraint", o.bias_constraint);
  visit("dropout", o.dropout);
  visit("recurrent_dropout", o.recurrent_dropout);
  visit("return_sequences", o.return_sequences);
  visit("return_state", o.return_state);
  visit("go_backwards", o.go_backwards);
  visit("stateful", o.stateful);
  visit("zero_output_for_mask", o.zero_output_for_mask);
  visit("input_shape", o.input_shape);
}

template <typename Options>
absl::Status CheckSupported(const Options& o) {
  if (o.activation != "tanh" || o.recurrent_activation != "sigmoid") {
    return UnimplementedError(
        absl::StrCat("activation and recurrent_activation must be \"tanh\" and \"sigmoid\", not \"",
                     o.activation, "\" and \"", o.recurrent_activation, "\""));
  }
  if (o.recurrent_dropout != 0) return UnimplementedError("recurrent_dropout is not supported");
  if (o.stateful) return UnimplementedError("stateful is not supported");
  return absl::OkStatus();
}

template <typename Options>
absl::Status CheckRecurrent(const RecurrentArgs<Options>& args,
                            absl::Span<const ValueType> inputs) {
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, 3));
  if (args.units < 1 || args.units > kMaxDim) {
    return InvalidArgumentError(absl::StrCat(
        "units must be positive, ", args.units < 1 ? "" : "and a size, ", "not ", args.units));
  }
  if (!(args.options.dropout >= 0 && args.options.dropout < 1)) {
    return InvalidArgumentError(
        absl::StrCat("dropout must be in [0, 1), not ", args.options.dropout));
  }
  if (inputs[0].shape.dim(1) == Dim(0))
    return InvalidArgumentError(absl::StrCat("there are no steps in ", inputs[0].ToString()));
  return CheckSupported(args.options);
}

// x with the same features of an example left out at all steps, in training.
Value DropFeatures(CallContext& context, Value x, double rate) {
  if (!context.training() || rate == 0) return x;
  const Value ones = Full(context.builder(), x.dtype(), {x.dim(0), 1, x.dim(2)}, 1);
  const Value key = context.RandomKey();
  return x * dagrad::Dropout(ones, key, {.rate = rate, .stream = context.NextStream()});
}

// What is there after the last step that the layer takes, of [batch, steps, units].
template <typename Options>
Value LastOf(Value steps, const Options& o) {
  const Dim step = o.go_backwards ? Dim(0) : steps.dim(1) - 1;
  return Squeeze(SliceAxis(steps, 1, {.start = step, .limit = step + 1}), {1});
}

// The mask [batch, steps] of x: a step is there if any of its parts is, where the mask goes on as
// [batch, steps, …].
Value StepMask(CallContext& context, const LayerInputs& inputs) {
  Value mask = inputs.mask();
  if (!mask.valid()) return mask;
  for (int axis = mask.rank() - 1; axis >= 2; --axis) mask = ReduceAny(mask, {.axes = {axis}});
  const Shape wanted = {inputs[0].dim(0), inputs[0].dim(1)};
  if (mask.shape() == wanted) return mask;
  return context.builder()->Fail(InvalidArgumentError(
      absl::StrCat("the mask is ", mask.type().ToString(), "; wanted: [", wanted.dim(0).ToString(),
                   ",", wanted.dim(1).ToString(), "]")));
}

// What the layer gives of `states`, h first, each [batch, steps, units], whose steps are those of
// the input, as `mask` is.
template <typename Options>
LayerOutputs Select(const std::vector<Value>& states, Value mask, const Options& o) {
  Value h = states[0];
  if (!h.valid()) return h;
  if (mask.valid() && o.zero_output_for_mask)
    h = dagrad::Select(ExpandDims(mask, 2), h, ZerosLike(h));
  std::vector<Value> outputs;
  if (!o.return_sequences) {
    outputs.push_back(LastOf(h, o));
  } else {
    outputs.push_back(o.go_backwards ? Slice(h, {0, h.dim(1) - 1, 0}, h.shape(), {1, -1, 1}) : h);
  }
  std::vector<Value> masks = {o.return_sequences ? mask : Value()};
  if (!o.return_state) return {std::move(outputs), std::move(masks)};
  for (Value state : states) outputs.push_back(LastOf(state, o));
  return {std::move(outputs), std::move(masks)};
}

// State i that a call starts from: [batch, units].
Value FirstState(CallContext& context, const LayerInputs& inputs, size_t i, int64_t units) {
  const ValueType wanted = {inputs[0].dtype(), {inputs[0].dim(0), units}};
  if (inputs.initial_state.empty()) return Full(context.builder(), wanted.dtype, wanted.shape, 0);
  const Value given = inputs.initial_state[i];
  if (!given.valid() || given.type() == wanted) return given;
  return context.builder()->Fail(InvalidArgumentError(absl::StrCat(
      "initial_state[", i, "] is ", given.type().ToString(), "; wanted: ", wanted.ToString())));
}

class LSTMLayer : public layers_internal::ConfiguredLayer<LSTMLayer, RecurrentArgs<LSTMOptions>> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "LSTM";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("units", a.units);
    RecurrentFields(a.options, visit);
    visit("unit_forget_bias", a.options.unit_forget_bias);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRecurrent(args(), inputs));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    const LSTMOptions& o = args().options;
    const DType dtype = inputs[0].dtype;
    const int64_t units = args().units;
    kernel_ = WithRules(AddWeight("kernel", dtype, {in, 4 * units}, o.kernel_initializer),
                        o.kernel_regularizer, o.kernel_constraint);
    recurrent_ =
        WithRules(AddWeight("recurrent_kernel", dtype, {units, 4 * units}, o.recurrent_initializer),
                  o.recurrent_regularizer, o.recurrent_constraint);
    if (!o.use_bias) return absl::OkStatus();
    const Initializer& each = o.bias_initializer;
    bias_ = WithRules(
        AddWeight("bias", dtype, {4 * units},
                  o.unit_forget_bias ? Initializer::Blocks({each, "ones", each, each}) : each),
        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  int initial_states() const override { return 2; }
  bool supports_masking() const override { return true; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    GraphBuilder* const g = context.builder();
    const Value x = DropFeatures(context, inputs[0], args().options.dropout);
    const int64_t units = args().units;
    const Value bias =
        bias_ >= 0 ? WeightValue(context, bias_) : Full(g, inputs[0].dtype(), {4 * units}, 0);
    const Value mask = StepMask(context, inputs);
    const LstmResult r =
        Lstm(x, WeightValue(context, kernel_), WeightValue(context, recurrent_), bias,
             FirstState(context, inputs, 0, units), FirstState(context, inputs, 1, units),
             {.reverse = args().options.go_backwards, .mask = mask});
    return Select({r.h, r.c}, mask, args().options);
  }

 private:
  int kernel_ = -1;
  int recurrent_ = -1;
  int bias_ = -1;
};

class GRULayer : public layers_internal::ConfiguredLayer<GRULayer, RecurrentArgs<GRUOptions>> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "GRU";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("units", a.units);
    RecurrentFields(a.options, visit);
    visit("reset_after", a.options.reset_after);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckRecurrent(args(), inputs));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    const GRUOptions& o = args().options;
    if (!o.reset_after) return UnimplementedError("reset_after = false is not supported");
    const DType dtype = inputs[0].dtype;
    const int64_t units = args().units;
    kernel_ = WithRules(AddWeight("kernel", dtype, {in, 3 * units}, o.kernel_initializer),
                        o.kernel_regularizer, o.kernel_constraint);
    recurrent_ =
        WithRules(AddWeight("recurrent_kernel", dtype, {units, 3 * units}, o.recurrent_initializer),
                  o.recurrent_regularizer, o.recurrent_constraint);
    if (o.use_bias)
      bias_ = WithRules(AddWeight("bias", dtype, {2, 3 * units}, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  int initial_states() const override { return 1; }
  bool supports_masking() const override { return true; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    GraphBuilder* const g = context.builder();
    const Value x = DropFeatures(context, inputs[0], args().options.dropout);
    const int64_t units = args().units;
    const Value bias =
        bias_ >= 0 ? WeightValue(context, bias_) : Full(g, inputs[0].dtype(), {2, 3 * units}, 0);
    const Value mask = StepMask(context, inputs);
    const GruResult r = Gru(x, WeightValue(context, kernel_), WeightValue(context, recurrent_),
                            bias, FirstState(context, inputs, 0, units),
                            {.reverse = args().options.go_backwards, .mask = mask});
    return Select({r.h}, mask, args().options);
  }

 private:
  int kernel_ = -1;
  int recurrent_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer LSTM(int64_t units, LSTMOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<LSTMLayer>(RecurrentArgs<LSTMOptions>{units, std::move(options)},
                                           std::move(name), location));
}

LayerClass layers_internal::LSTMClass() { return {LSTMLayer::kClassName, LSTMLayer::FromConfig}; }

Layer GRU(int64_t units, GRUOptions options, SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<GRULayer>(RecurrentArgs<GRUOptions>{units, std::move(options)},
                                          std::move(name), location));
}

LayerClass layers_internal::GRUClass() { return {GRULayer::kClassName, GRULayer::FromConfig}; }

}  // namespace dagrad::keras
