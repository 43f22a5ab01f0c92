#ifndef DAGRAD_KERAS_LAYERS_LAYERS_H_
#define DAGRAD_KERAS_LAYERS_LAYERS_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/keras/layers/layer.h"

// Keras's layers. Options have Keras's names and defaults. Images are channels-last: [batch,
// height, width, channels]. A layer checks its options when it meets its first input; errors name
// the layer and the line that made it. `input_shape` (without batch) is for the first layer of a
// Sequential. All layers keep the dtype of their input, which is a float dtype, except where noted.
// Source of semantics and defaults: Keras 3.
namespace dagrad::keras {

// Of one example, or nothing: .input_shape = {28, 28, 1}.
struct InputShape : std::optional<Dims> {
  using std::optional<Dims>::optional;
  InputShape() = default;
  InputShape(std::initializer_list<int64_t> dims) : std::optional<Dims>(Dims(dims)) {}
};

struct DenseOptions {
  std::string activation = {};  // "" or "linear": none
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// y = activation(x · kernel + bias) over the last axis: [batch, …, in] to [batch, …, units]. kernel
// [in, units], bias [units].
Layer Dense(int64_t units, DenseOptions options = {},
            SourceLocation location = SourceLocation::Current());

// An int stands for both directions: .kernel_size of 3 is {3, 3}.
struct Size2D {
  int64_t height = 1;
  int64_t width = 1;
  Size2D(int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  Size2D(int both) : height(both), width(both) {}      // NOLINT(google-explicit-constructor)
  Size2D(int64_t h, int64_t w) : height(h), width(w) {}
};

struct Conv2DOptions {
  Size2D strides = 1;
  std::string padding =
      "valid";  // or "same": output size ceil(input / stride), the odd row of zeros at the end
  Size2D dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// Cross-correlation with kernel [height, width, in/groups, filters], then bias [filters] and
// activation.
Layer Conv2D(int64_t filters, Size2D kernel_size, Conv2DOptions options = {},
             SourceLocation location = SourceLocation::Current());

struct Conv1DOptions {
  int64_t strides = 1;
  std::string padding = "valid";  // "same", or "causal": zeros before the first step only
  int64_t dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// The same over steps: [batch, steps, channels] to [batch, out steps, filters], with kernel [size,
// in/groups, filters]. With "causal" no step depends on later ones.
Layer Conv1D(int64_t filters, int64_t kernel_size, Conv1DOptions options = {},
             SourceLocation location = SourceLocation::Current());

struct DepthwiseConv2DOptions {
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  int64_t depth_multiplier = 1;
  Size2D dilation_rate = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// Each channel by filters of its own: result channel c · depth_multiplier + m is channel c
// convolved with kernel[:, :, c, m]; kernel [height, width, in, depth_multiplier].
Layer DepthwiseConv2D(Size2D kernel_size, DepthwiseConv2DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct SeparableConv2DOptions {
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  Size2D dilation_rate = 1;
  int64_t depth_multiplier = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// DepthwiseConv2D without bias, by depthwise_kernel, then a convolution with pointwise_kernel [1,
// 1, in · depth_multiplier, filters], bias and activation.
Layer SeparableConv2D(int64_t filters, Size2D kernel_size, SeparableConv2DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  bool mask_zero = false;  // true is refused: Unimplemented
  InputShape input_shape = {};
  std::string name = {};
};
// y[…, i] = embeddings[x[…], i]: [batch, …] to [batch, …, output_dim], with embeddings [input_dim,
// output_dim]. x of any integer or float dtype; floats are rounded toward zero. The result is
// float32 (float64 for x of float64). An index outside [-input_dim, input_dim) is an error of the
// run; negative ones count from the end.
Layer Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {},
                SourceLocation location = SourceLocation::Current());

struct Pooling2DOptions {
  std::optional<Size2D> strides = {};  // as the pool
  std::string padding = "valid";       // or "same"
  InputShape input_shape = {};
  std::string name = {};
};
// The largest, or the mean (of the elements inside the image), of each window of each channel.
Layer MaxPooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct Pooling1DOptions {
  std::optional<int64_t> strides = {};  // as the pool
  std::string padding = "valid";        // or "same"
  InputShape input_shape = {};
  std::string name = {};
};
// The same over the steps of [batch, steps, channels].
Layer MaxPooling1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct GlobalPoolingOptions {
  bool keepdims = false;
  InputShape input_shape = {};
  std::string name = {};
};
// Maximum or mean over steps, or over height and width: [batch, steps, c] or [batch, h, w, c] to
// [batch, c]; with keepdims the reduced dimensions stay as 1.
Layer GlobalMaxPooling1D(GlobalPoolingOptions options = {},
                         SourceLocation location = SourceLocation::Current());
Layer GlobalAveragePooling1D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current());
Layer GlobalMaxPooling2D(GlobalPoolingOptions options = {},
                         SourceLocation location = SourceLocation::Current());
Layer GlobalAveragePooling2D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current());

struct LayerOptions {
  InputShape input_shape = {};
  std::string name = {};
};
// [batch, …] to [batch, product]. Any dtype.
Layer Flatten(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
// [batch, …] to [batch, target_shape…]; one entry may be -1. Any dtype.
Layer Reshape(Dims target_shape, LayerOptions options = {},
              SourceLocation location = SourceLocation::Current());
Layer Activation(std::string activation, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());

struct ReLUOptions {
  std::optional<double> max_value = {};  // none: unbounded
  double negative_slope = 0;
  double threshold = 0;
  InputShape input_shape = {};
  std::string name = {};
};
// min(x, max_value) where x > threshold, else negative_slope (x - threshold).
Layer ReLU(ReLUOptions options = {}, SourceLocation location = SourceLocation::Current());

struct SoftmaxOptions {
  int64_t axis = -1;
  InputShape input_shape = {};
  std::string name = {};
};
// exp(x) / Σ exp(x), summed along the axis.
Layer Softmax(SoftmaxOptions options = {}, SourceLocation location = SourceLocation::Current());

// An int stands for all sides, two for height (top and bottom) and width (left and right).
struct Padding2D {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
  Padding2D(int64_t all) : Padding2D(all, all) {}  // NOLINT(google-explicit-constructor)
  Padding2D(int all) : Padding2D(all, all) {}      // NOLINT(google-explicit-constructor)
  Padding2D(int64_t h, int64_t w) : Padding2D(h, h, w, w) {}
  Padding2D(int64_t t, int64_t b, int64_t l, int64_t r) : top(t), bottom(b), left(l), right(r) {}
};
// Zeros around the height and width of [batch, h, w, c].
Layer ZeroPadding2D(Padding2D padding = 1, LayerOptions options = {},
                    SourceLocation location = SourceLocation::Current());

struct DropoutOptions {
  std::optional<int64_t> seed =
      {};  // draws that depend on this seed too; without it on the model's alone
  InputShape input_shape = {};
  std::string name = {};
};
// In training each element is 0 with probability `rate`, else multiplied by 1/(1 - rate). Otherwise
// the identity.
Layer Dropout(double rate, DropoutOptions options = {},
              SourceLocation location = SourceLocation::Current());

struct BatchNormalizationOptions {
  int64_t axis = -1;  // the last one; others are refused
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  InputShape input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta per last axis; mean and (biased) variance
// of the batch in training, which also moves the moving ones: m ← momentum m + (1 - momentum)
// m_batch; the moving ones otherwise, and where the layer's trainable is false. Source: Ioffe &
// Szegedy 2015.
Layer BatchNormalization(BatchNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct LayerNormalizationOptions {
  int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  InputShape input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis of each example; other
// axes are refused. Source: Ba, Kiros & Hinton 2016.
Layer LayerNormalization(LayerNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct LSTMOptions {
  std::string activation = "tanh";               // others are refused: Unimplemented
  std::string recurrent_activation = "sigmoid";  // likewise
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the forget gate's bias starts at 1
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // others are refused, as is stateful
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;
  InputShape input_shape = {};
  std::string name = {};
};
// Long short-term memory over the steps of [batch, steps, features]: the last h, [batch, units], or
// with return_sequences that of every step, [batch, steps, units]. It starts from
// CallArgs::initial_state, {h, c}, or from 0. With return_state there are three results: that, then
// h and c after the last step, each [batch, units]. With go_backwards steps are read from the last
// to the first, and results come in that order. kernel
// [features, 4 units], recurrent_kernel [units, 4 units] and bias [4 units] hold input gate, forget
// gate, candidate and output gate. Formula: ops/recurrent/lstm/lstm.h. Source: Hochreiter &
// Schmidhuber 1997.
Layer LSTM(int64_t units, LSTMOptions options = {},
           SourceLocation location = SourceLocation::Current());

struct GRUOptions {
  std::string activation = "tanh";               // others are refused: Unimplemented
  std::string recurrent_activation = "sigmoid";  // likewise
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  double dropout = 0;            // of the input's features, the same ones at all steps
  double recurrent_dropout = 0;  // others are refused, as is stateful
  bool return_sequences = false;
  bool return_state = false;  // give the last states, too
  bool go_backwards = false;
  bool stateful = false;
  bool reset_after = true;  // false is refused
  InputShape input_shape = {};
  std::string name = {};
};
// Gated recurrent unit, otherwise as LSTM, but that its only state is h. kernel [features, 3
// units], recurrent_kernel [units, 3 units] and bias [2, 3 units] (for the input and for the
// recurrent part) hold update gate, reset gate and candidate. Formula: ops/recurrent/gru/gru.h.
// Source: Cho et al. 2014.
Layer GRU(int64_t units, GRUOptions options = {},
          SourceLocation location = SourceLocation::Current());

struct MultiHeadAttentionOptions {
  std::optional<int64_t> value_dim = {};  // default: key_dim
  double dropout = 0;                     // other values are refused
  bool use_bias = true;
  std::optional<int64_t> output_shape = {};  // size of the last axis; default: that of the query
  // Step i of the query sees steps 0 … i of the key only. In Keras an argument of the call.
  bool use_causal_mask = false;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  InputShape input_shape = {};
  std::string name = {};
};
// y = concat over heads of softmax(Q Kᵀ / √key_dim) V, times the output kernel; Q = query · kernel
// + bias, likewise K and V. Inputs {query, value} or {query, value, key}, by default key = value;
// one input is all three. query [batch, q_len, in], value and key [batch, kv_len, in]; y [batch,
// q_len, output_shape]. Weights query, key, value: kernel [in, num_heads, key_dim or value_dim],
// bias [num_heads, key_dim or value_dim]; attention_output: kernel [num_heads, value_dim,
// output_shape], bias [output_shape]. Keras's attention_mask, attention_axes and sequence masks are
// not supported: use the op Attention. Source: Vaswani et al. 2017.
Layer MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {},
                         SourceLocation location = SourceLocation::Current());

// Sum of two or more tensors of the same shape.
Layer Add(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

// Product of two or more tensors of the same rank, whose dimensions are equal or 1.
Layer Multiply(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

struct ConcatenateOptions {
  int64_t axis = -1;
  std::string name = {};
};
// Joins two or more tensors along an axis other than the batch's.
Layer Concatenate(ConcatenateOptions options = {},
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
// states of both follow, those of the forward layer first; initial_state likewise. `layer` itself
// only says what the two are. Source: Schuster & Paliwal 1997.
Layer Bidirectional(Layer layer, BidirectionalOptions options = {},
                    SourceLocation location = SourceLocation::Current());

// Makes the layer of Keras's class name from the options that Config() gave. InvalidArgument for an
// unknown class or a bad description.
absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config);
// Keras's class names of all layers, sorted.
std::vector<std::string> LayerClassNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_LAYERS_H_
