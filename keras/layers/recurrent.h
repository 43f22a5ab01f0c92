#ifndef DAGRAD_KERAS_LAYERS_RECURRENT_H_
#define DAGRAD_KERAS_LAYERS_RECURRENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers over the steps of sequences. layers.h says what holds for all.
namespace dagrad::keras {

struct LSTMOptions {
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  bool unit_forget_bias = true;  // the forget gate's bias starts at 1
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // of h where the gates read it, likewise; other ones for each gate
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;              // go on where the batch before ended
  bool zero_output_for_mask = false;  // 0 at the steps that a mask leaves out
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Long short-term memory over the steps of [batch, steps, features]: the last h, [batch, units], or
// with return_sequences that of every step, [batch, steps, units]. It starts from
// CallArgs::initial_state, {h, c}, or from 0. With return_state there are three results: that, then
// h and c after the last step, each [batch, units]. With go_backwards steps are read from the last
// to the first, and results come in that order. A step that a mask [batch, steps] leaves out
// changes nothing: states and results are those of the step before (before the first one the
// initial h, as Keras has it on JAX), or the result is 0 with zero_output_for_mask. (Keras hands
// the mask on by itself only where there is no initial_state.)
//
// A stateful layer starts each batch, in training, Evaluate and Predict alike, from the last states
// of the batch before, example i from those of example i, until Model::ResetState; no gradient
// flows from batch to batch. It needs an Input() with a batch_size; Fit with shuffle = false. The
// states are saved with the model, but are none of its weights.
//
// kernel [features, 4 units], recurrent_kernel [units, 4 units] and bias [4 units] hold input gate,
// forget gate, candidate and output gate. Formula: ops/recurrent/lstm/lstm.h, whose op is used with
// the default activations and without recurrent_dropout; else it is a loop over the steps, which is
// slower. Source: Hochreiter & Schmidhuber 1997.
Layer LSTM(int64_t units, LSTMOptions options = {},
           SourceLocation location = SourceLocation::Current());

struct GRUOptions {
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // of h where the gates read it, likewise; other ones for each gate
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;              // go on where the batch before ended
  bool zero_output_for_mask = false;  // 0 at the steps that a mask leaves out
  bool reset_after = true;  // of h times the recurrent kernel; false: of h before, with one bias
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Gated recurrent unit, otherwise as LSTM, but that its only state is h. kernel [features, 3
// units], recurrent_kernel [units, 3 units] and bias [2, 3 units] (for the input and for the
// recurrent part; [3 units] without reset_after) hold update gate, reset gate and candidate.
// Formula: ops/recurrent/gru/gru.h. Source: Cho et al. 2014.
Layer GRU(int64_t units, GRUOptions options = {},
          SourceLocation location = SourceLocation::Current());

struct SimpleRNNOptions {
  std::string activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // of h, likewise
  bool return_sequences = false;
  bool return_state = false;  // give the last state, too
  bool go_backwards = false;
  bool stateful = false;              // go on where the batch before ended
  bool zero_output_for_mask = false;  // 0 at the steps that a mask leaves out
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// h' = activation(x · kernel + h · recurrent_kernel + bias) over the steps, otherwise as LSTM, but
// that its only state is h. kernel [features, units], recurrent_kernel [units, units], bias
// [units]. Source: Elman 1990.
Layer SimpleRNN(int64_t units, SimpleRNNOptions options = {},
                SourceLocation location = SourceLocation::Current());

// One step of a recurrent layer. As a layer it takes x [batch, …] with its states, each [batch,
// state_sizes()[i]], as CallArgs::initial_state (zeros without), and gives y [batch, …] and the new
// states: t[0], t[1], … A kind of your own derives from this; its Call reads the states from
// LayerInputs::initial_state. In a loop it can read weights, but not update them or add losses.
class RnnCell : public LayerImpl {
 public:
  using LayerImpl::LayerImpl;
  virtual std::vector<int64_t> state_sizes() const = 0;
  virtual int64_t output_size() const { return state_sizes()[0]; }
  // The state that stands in for y at a step that a mask leaves out.
  virtual int output_state() const { return 0; }
  int initial_states() const override { return static_cast<int>(state_sizes().size()); }

 protected:
  // The states that a call begins with.
  std::vector<Value> States(CallContext& context, const LayerInputs& inputs) const;
};

struct RNNOptions {
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;  // go on where the batch before ended
  bool zero_output_for_mask = false;
  InputShape input_shape = {};
  std::string name = {};
};
// Runs a cell, a layer that is an RnnCell, over the steps of [batch, steps, …], with options,
// states and masks as those of LSTM: that is RNN(LSTMCell(units)).
Layer RNN(Layer cell, RNNOptions options = {}, SourceLocation location = SourceLocation::Current());
// RNN(StackedRNNCells(cells)).
Layer RNN(std::vector<Layer> cells, RNNOptions options = {},
          SourceLocation location = SourceLocation::Current());

struct SimpleRNNCellOptions {
  std::string activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;
  double recurrent_dropout = 0;
  InputShape input_shape = {};
  std::string name = {};
};
struct LSTMCellOptions {
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  bool unit_forget_bias = true;
  double dropout = 0;
  double recurrent_dropout = 0;
  InputShape input_shape = {};
  std::string name = {};
};
struct GRUCellOptions {
  std::string activation = "tanh";
  std::string recurrent_activation = "sigmoid";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;
  double recurrent_dropout = 0;
  bool reset_after = true;
  InputShape input_shape = {};
  std::string name = {};
};
// The steps of SimpleRNN, LSTM and GRU, with the weights of these.
Layer SimpleRNNCell(int64_t units, SimpleRNNCellOptions options = {},
                    SourceLocation location = SourceLocation::Current());
Layer LSTMCell(int64_t units, LSTMCellOptions options = {},
               SourceLocation location = SourceLocation::Current());
Layer GRUCell(int64_t units, GRUCellOptions options = {},
              SourceLocation location = SourceLocation::Current());
// Cells one on the other: each reads the output of the one before. Its states are those of all, the
// first cell's first.
Layer StackedRNNCells(std::vector<Layer> cells, LayerOptions options = {},
                      SourceLocation location = SourceLocation::Current());

// Applies `layer` to every step of [batch, steps, …]: steps are examples of it. Its results are
// [batch, steps, …]. In training a layer with statistics, as BatchNormalization, is called for one
// step after the other, as in Keras, where `steps` is a number; else the statistics are over all
// steps.
Layer TimeDistributed(Layer layer, LayerOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct BidirectionalOptions {
  std::string merge_mode = "concat";  // or "sum", "mul", "ave"; "none": both results, two tensors
  InputShape input_shape = {};
  std::string name = {};
};
// A recurrent layer over the steps and another one, of the same options, over the steps from the
// last to the first; the results of all steps come in the order of the steps. With return_state the
// states of both follow, those of the forward layer first; initial_state likewise. Of a result for
// each step, those that a mask leaves out are 0, before the two are merged. `layer` itself only
// says what the two are. Source: Schuster & Paliwal 1997.
Layer Bidirectional(Layer layer, BidirectionalOptions options = {},
                    SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_RECURRENT_H_
