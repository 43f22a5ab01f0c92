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
  double dropout = 0;                     // other values are refused
  bool use_bias = true;
  std::optional<int64_t> output_shape = {};  // size of the last axis; default: that of the query
  // As CallArgs::use_causal_mask in every call; Keras has only that.
  bool use_causal_mask = false;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
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
// that sees none gives the bias of the output. The result has the query's mask. Keras's
// attention_axes is not supported. Source: Vaswani et al. 2017.
Layer MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {},
                         SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_ATTENTION_H_
