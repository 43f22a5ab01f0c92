#ifndef DAGRAD_KERAS_LAYERS_ATTENTION_H_
#define DAGRAD_KERAS_LAYERS_ATTENTION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Attention. layers.h says what holds for all.
namespace dagrad::keras {

struct MultiHeadAttentionOptions {
  std::optional<int64_t> value_dim = {};  // default: key_dim
  double dropout = 0;                     // of the softmax's results, in training
  std::optional<int64_t> seed = {};
  bool use_bias = true;
  std::optional<int64_t> output_shape = {};  // size of the last axis; default: that of the query
  // As CallArgs::use_causal_mask in every call, and a second result: the softmax's, [batch,
  // num_heads, q_len, kv_len]. Keras has both as arguments of the call.
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = concat over heads of softmax(Q Kᵀ / √key_dim) V, times the output kernel; Q = query · kernel
// + bias, likewise K and V. Inputs {query, value} or {query, value, key}, by default key = value;
// one input is all three. query [batch, q_len, in], value and key [batch, kv_len, in]; y [batch,
// q_len, output_shape]. Weights query, key, value: kernel [in, num_heads, key_dim or value_dim],
// bias [num_heads, key_dim or value_dim]; attention_output: kernel [num_heads, value_dim,
// output_shape], bias [output_shape]. A step of the query sees a step of the key where
// CallArgs::attention_mask, use_causal_mask and the masks of query, value and key all let it; one
// that sees none gives the bias of the output. The result has the query's mask. The products of all
// heads are never stored, but for dropout in training and return_attention_scores. What
// activity_regularizer costs is that of Q, K, V and y. Keras's attention_axes is not supported.
// Source: Vaswani et al. 2017.
Layer MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct AttentionOptions {
  bool use_scale = false;          // a weight that multiplies the scores
  std::string score_mode = "dot";  // or "concat"
  double dropout = 0;              // of the softmax's results, in training
  std::optional<int64_t> seed = {};
  // As CallArgs::use_causal_mask in every call, and a second result: the softmax's, [batch, q_len,
  // kv_len]. Keras has both as arguments of the call.
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  std::string name = {};
};
// y = softmax(scores) value over the steps of the key, for inputs {query, value} or {query, value,
// key}, by default key = value: [batch, q_len, dim], [batch, kv_len, value_dim] and [batch, kv_len,
// dim]. Scores of steps i and j are
//   "dot":    scale Σ_d q[i,d] k[j,d],
//   "concat": concat_score_weight Σ_d tanh(scale (q[i,d] + k[j,d])),
// with scalar weights scale (use_scale) and concat_score_weight. A step of the value that its mask
// leaves out is not seen; the result is 0 where the query's mask has none, and has that mask.
// Source: Luong et al. 2015.
Layer Attention(AttentionOptions options = {}, SourceLocation location = SourceLocation::Current());

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0;
  std::optional<int64_t> seed = {};
  bool use_causal_mask = false;
  bool return_attention_scores = false;
  std::string name = {};
};
// The same with the scores Σ_d scale[d] tanh(q[i,d] + k[j,d]), and a weight scale [dim]. Source:
// Bahdanau et al. 2014.
Layer AdditiveAttention(AdditiveAttentionOptions options = {},
                        SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_ATTENTION_H_
