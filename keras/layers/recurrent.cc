#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/cell.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/keras/layers/steps.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras {
namespace {

using layers_internal::StepMask;

// What LSTM and its like have in common; Options as LSTMOptions.
template <typename Options>
struct RecurrentArgs {
  int64_t units = 1;
  Options options;
};

// x with the same features of an example left out at all steps, in training.
Value DropFeatures(CallContext& context, Value x, double rate) {
  if (!context.training() || rate == 0) return x;
  return x * layers_internal::DropMasks(context, x.dtype(), {x.dim(0), 1, x.dim(2)}, rate, 1)[0];
}

// What is there after the last step that the layer takes, of [batch, steps, units].
template <typename Options>
Value LastOf(Value steps, const Options& o) {
  const Dim step = o.go_backwards ? Dim(0) : steps.dim(1) - 1;
  return Squeeze(SliceAxis(steps, 1, {.start = step, .limit = step + 1}), {1});
}

// What the layer gives of `states`, h first, each [batch, steps, units], whose steps are those of
// the input, as `mask` is: its result and, where they are asked for, the last states.
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
  if (!o.return_state && !o.stateful) return {std::move(outputs), std::move(masks)};
  for (Value state : states) outputs.push_back(LastOf(state, o));
  return {std::move(outputs), std::move(masks)};
}

// What the three layers differ in. HasOp says whether there is an op for these options; Run gives
// its states, h first, [batch, steps, units].
struct RecurrentCall {
  Value x, kernel, recurrent, bias, mask;
  std::vector<Value> states;
  bool reverse = false;
};
struct SimpleRnnForm : layers_internal::SimpleForm {
  static constexpr const char* kClassName = "SimpleRNN";
  using Options = SimpleRNNOptions;
  static bool HasOp(const Options&) { return false; }
  static std::vector<Value> Run(const RecurrentCall&) { return {}; }
};
struct LstmLayerForm : layers_internal::LstmForm {
  static constexpr const char* kClassName = "LSTM";
  using Options = LSTMOptions;
  static bool HasOp(const Options& o) {
    return o.activation == "tanh" && o.recurrent_activation == "sigmoid" &&
           o.recurrent_dropout == 0;
  }
  static std::vector<Value> Run(const RecurrentCall& c) {
    const LstmResult r = Lstm(c.x, c.kernel, c.recurrent, c.bias, c.states[0], c.states[1],
                              {.reverse = c.reverse, .mask = c.mask});
    return {r.h, r.c};
  }
};
struct GruLayerForm : layers_internal::GruForm {
  static constexpr const char* kClassName = "GRU";
  using Options = GRUOptions;
  static bool HasOp(const Options& o) {
    return o.activation == "tanh" && o.recurrent_activation == "sigmoid" &&
           o.recurrent_dropout == 0 && o.reset_after;
  }
  static std::vector<Value> Run(const RecurrentCall& c) {
    return {
        Gru(c.x, c.kernel, c.recurrent, c.bias, c.states[0], {.reverse = c.reverse, .mask = c.mask})
            .h};
  }
};

template <typename Form>
class RecurrentLayer : public layers_internal::GatedLayer<RecurrentLayer<Form>,
                                                          RecurrentArgs<typename Form::Options>,
                                                          Form, layers_internal::StepsLayer> {
 public:
  using Base =
      layers_internal::GatedLayer<RecurrentLayer<Form>, RecurrentArgs<typename Form::Options>, Form,
                                  layers_internal::StepsLayer>;
  using Base::args;
  using Base::Base;
  static constexpr const char* kClassName = Form::kClassName;
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("units", a.units);
    layers_internal::CellFields(a.options, visit);
    visit("return_sequences", a.options.return_sequences);
    visit("return_state", a.options.return_state);
    visit("go_backwards", a.options.go_backwards);
    visit("stateful", a.options.stateful);
    visit("zero_output_for_mask", a.options.zero_output_for_mask);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 3, 3));
    DAGRAD_RETURN_IF_ERROR(this->CheckOptions());
    if (inputs[0].shape.dim(1) == Dim(0))
      return InvalidArgumentError(absl::StrCat("there are no steps in ", inputs[0].ToString()));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t in, layers_internal::LastDim(inputs[0]));
    DAGRAD_RETURN_IF_ERROR(this->AddWeights(inputs[0].dtype, in));
    if (!args().options.stateful) return absl::OkStatus();
    return this->CarryStates(inputs[0], this->StateSizes());
  }

  int initial_states() const override { return Form::kStates; }
  bool supports_masking() const override { return true; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    std::vector<Value> states = this->FirstStates(context, inputs, this->StateSizes());
    LayerOutputs all = Form::HasOp(args().options)
                           ? RunOp(context, inputs, std::move(states))
                           : this->RunLoop(context, inputs, std::move(states));
    return this->CarryOn(context, std::move(all), args().options.return_state);
  }

 private:
  LayerOutputs RunOp(CallContext& context, const LayerInputs& inputs,
                     std::vector<Value> states) const {
    RecurrentCall call = {.x = DropFeatures(context, inputs[0], args().options.dropout),
                          .kernel = this->WeightValue(context, this->kernel_),
                          .recurrent = this->WeightValue(context, this->recurrent_),
                          .bias = Bias(context, inputs[0].dtype()),
                          .mask = StepMask(context, inputs),
                          .states = std::move(states),
                          .reverse = args().options.go_backwards};
    return Select(Form::Run(call), call.mask, args().options);
  }

  // That of the ops, which have one: of GRU it is two rows.
  Value Bias(CallContext& context, DType dtype) const {
    if (this->bias_ >= 0) return this->WeightValue(context, this->bias_);
    const Dim columns = Form::kGates * args().units;
    const bool rows = std::is_same_v<Form, GruLayerForm>;
    return Full(context.builder(), dtype, rows ? Shape({2, columns}) : Shape({columns}), 0);
  }
};

template <typename Form>
Layer Make(int64_t units, typename Form::Options options, SourceLocation location) {
  return layers_internal::MakeLayer<RecurrentLayer<Form>>(
      RecurrentArgs<typename Form::Options>{units, std::move(options)}, location);
}

template <typename Form>
LayerClass Class() {
  return {Form::kClassName, RecurrentLayer<Form>::FromConfig};
}

}  // namespace

Layer LSTM(int64_t units, LSTMOptions options, SourceLocation location) {
  return Make<LstmLayerForm>(units, std::move(options), location);
}
Layer GRU(int64_t units, GRUOptions options, SourceLocation location) {
  return Make<GruLayerForm>(units, std::move(options), location);
}
Layer SimpleRNN(int64_t units, SimpleRNNOptions options, SourceLocation location) {
  return Make<SimpleRnnForm>(units, std::move(options), location);
}

LayerClass layers_internal::LSTMClass() { return Class<LstmLayerForm>(); }
LayerClass layers_internal::GRUClass() { return Class<GruLayerForm>(); }
LayerClass layers_internal::SimpleRNNClass() { return Class<SimpleRnnForm>(); }

}  // namespace dagrad::keras
