#ifndef DAGRAD_KERAS_LAYERS_CELL_H_
#define DAGRAD_KERAS_LAYERS_CELL_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/steps.h"

// The steps of SimpleRNN, LSTM and GRU, which the layers and the cells share.
namespace dagrad::keras::layers_internal {

// What a step reads. A mask of dropout multiplies x or h: none, one for all gates, or one each.
struct StepWeights {
  Value kernel, recurrent, bias;  // bias may be Value()
  std::vector<Value> x_masks, h_masks;
  std::string activation, recurrent_activation;
  bool reset_after = true;
};

// {h', states …}, h' being the first of them.
std::vector<Value> SimpleStep(const StepWeights& w, Value x, absl::Span<const Value> states);
std::vector<Value> LstmStep(const StepWeights& w, Value x, absl::Span<const Value> states);
std::vector<Value> GruStep(const StepWeights& w, Value x, absl::Span<const Value> states);

// `count` masks [batch, size], as of a Dropout of ones.
std::vector<Value> DropMasks(CallContext& context, DType dtype, const Shape& shape, double rate,
                             int count);

absl::Status CheckUnits(int64_t units);
absl::Status CheckDropout(double dropout, double recurrent_dropout);

struct SimpleForm {
  static constexpr int kGates = 1, kStates = 1;
  static constexpr auto kStep = SimpleStep;
};
struct LstmForm {
  static constexpr int kGates = 4, kStates = 2;
  static constexpr auto kStep = LstmStep;
};
struct GruForm {
  static constexpr int kGates = 3, kStates = 1;
  static constexpr auto kStep = GruStep;
};

// The options that cells and layers have, but for those of dropout.
template <typename Options, typename V>
void CellFields(Options& o, V& visit) {
  visit("activation", o.activation);
  if constexpr (requires { o.recurrent_activation; })
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
  if constexpr (requires { o.unit_forget_bias; }) visit("unit_forget_bias", o.unit_forget_bias);
  if constexpr (requires { o.reset_after; }) visit("reset_after", o.reset_after);
}

// A layer with such weights; Args has units and options.
template <typename T, typename Args, typename Form, typename Base>
class GatedLayer : public ConfiguredLayer<T, Args, Base> {
 public:
  using ConfiguredLayer<T, Args, Base>::ConfiguredLayer;
  using ConfiguredLayer<T, Args, Base>::args;

 protected:
  // Of x with so many features.
  absl::Status AddWeights(DType dtype, int64_t features) {
    const auto& o = args().options;
    const int64_t units = args().units, columns = Form::kGates * units;
    kernel_ =
        this->WithRules(this->AddWeight("kernel", dtype, {features, columns}, o.kernel_initializer),
                        o.kernel_regularizer, o.kernel_constraint);
    recurrent_ = this->WithRules(
        this->AddWeight("recurrent_kernel", dtype, {units, columns}, o.recurrent_initializer),
        o.recurrent_regularizer, o.recurrent_constraint);
    if (!o.use_bias) return absl::OkStatus();
    Dims dims = {columns};
    Initializer initializer = o.bias_initializer;
    if constexpr (requires { o.unit_forget_bias; }) {
      if (o.unit_forget_bias) {
        initializer = Initializer::Blocks(
            {o.bias_initializer, "ones", o.bias_initializer, o.bias_initializer});
      }
    }
    if constexpr (requires { o.reset_after; }) {
      if (o.reset_after) dims.insert(dims.begin(), 2);  // for the input, and for h
    }
    bias_ = this->WithRules(this->AddWeight("bias", dtype, dims, initializer), o.bias_regularizer,
                            o.bias_constraint);
    return absl::OkStatus();
  }

  absl::Status CheckOptions() const {
    const auto& o = args().options;
    absl::Status s = CheckUnits(args().units);
    s.Update(CheckDropout(o.dropout, o.recurrent_dropout));
    s.Update(CheckActivation(o.activation));
    if constexpr (requires { o.recurrent_activation; })
      s.Update(CheckActivation(o.recurrent_activation));
    return s;
  }

  // What the steps of one call read, of x [batch, features].
  StepWeights WeightsOf(CallContext& context, DType dtype, const Shape& x) const {
    const auto& o = args().options;
    StepWeights w = {.kernel = this->WeightValue(context, kernel_),
                     .recurrent = this->WeightValue(context, recurrent_),
                     .activation = o.activation};
    if (bias_ >= 0) w.bias = this->WeightValue(context, bias_);
    if constexpr (requires { o.recurrent_activation; })
      w.recurrent_activation = o.recurrent_activation;
    if constexpr (requires { o.reset_after; }) w.reset_after = o.reset_after;
    if (!context.training()) return w;
    const int masks = o.recurrent_dropout > 0 ? Form::kGates : 1;
    w.x_masks = DropMasks(context, dtype, x, o.dropout, masks);
    w.h_masks = DropMasks(context, dtype, {x.dim(0), args().units}, o.recurrent_dropout, masks);
    return w;
  }

  // Of the layer, or of a step.
  std::vector<int64_t> StateSizes() const {
    return std::vector<int64_t>(Form::kStates, args().units);
  }

  // The layer as a loop over the steps of inputs[0].
  LayerOutputs RunLoop(CallContext& context, const LayerInputs& inputs,
                       std::vector<Value> states) const {
    const Value x = inputs[0];
    const StepWeights w = WeightsOf(context, x.dtype(), {x.dim(0), x.dim(2)});
    return RunSteps(
        context, inputs, std::move(states),
        [&](Value step, absl::Span<const Value> before) { return Form::kStep(w, step, before); },
        StepOptionsOf(args().options, args().units));
  }

  int kernel_ = -1;
  int recurrent_ = -1;
  int bias_ = -1;
};

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_CELL_H_
