#ifndef DAGRAD_KERAS_LAYERS_RECURRENT_H_
#define DAGRAD_KERAS_LAYERS_RECURRENT_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers over the steps of sequences. layers.h says what holds for all.
namespace dagrad::keras {

struct LSTMOptions {
  std::string activation = "tanh";               // others are refused: Unimplemented
  std::string recurrent_activation = "sigmoid";  // likewise
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  bool unit_forget_bias = true;  // the forget gate's bias starts at 1
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // others are refused, as is stateful
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;
  bool zero_output_for_mask = false;  // 0 at the steps that a mask leaves out
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
// the mask on by itself only where there is no initial_state.) kernel [features, 4 units],
// recurrent_kernel [units, 4 units] and bias [4 units] hold input gate, forget gate, candidate and
// output gate. Formula: ops/recurrent/lstm/lstm.h. Source: Hochreiter & Schmidhuber 1997.
Layer LSTM(int64_t units, LSTMOptions options = {},
           SourceLocation location = SourceLocation::Current());

struct GRUOptions {
  std::string activation = "tanh";               // others are refused: Unimplemented
  std::string recurrent_activation = "sigmoid";  // likewise
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // others are refused, as is stateful
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;
  bool zero_output_for_mask = false;  // 0 at the steps that a mask leaves out
  bool reset_after = true;            // false is refused
  InputShape input_shape = {};
  std::string name = {};
};
// Gated recurrent unit, otherwise as LSTM, but that its only state is h. kernel [features, 3
// units], recurrent_kernel [units, 3 units] and bias [2, 3 units] (for the input and for the
// recurrent part) hold update gate, reset gate and candidate. Formula: ops/recurrent/gru/gru.h.
// Source: Cho et al. 2014.
Layer GRU(int64_t units, GRUOptions options = {},
          SourceLocation location = SourceLocation::Current());

// Applies `layer` to every step of [batch, steps, …]: steps are examples of it. Its results are
// [batch, steps, …]. Statistics of a BatchNormalization are over the steps, too.
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
