#ifndef DAGRAD_BENCHMARKS_MODELS_TEXT_LAYERS_H_
#define DAGRAD_BENCHMARKS_MODELS_TEXT_LAYERS_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// Layers of the transformers that Keras has no layer of its own for.

// x [batch, steps, n] plus a learned vector for each of its positions: embeddings [most, n].
keras::Layer Positions(int64_t most, const std::string& name);

// Logits of the last position by the table of an Embedding layer: [batch, steps, n] to
// [batch, words], with `table` [words, n].
keras::Layer TiedLogits(int64_t words, const std::string& table, const std::string& name);

// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), as GPT-2 has it.
keras::Layer TanhGelu(const std::string& name);

// Attention of x to itself: queries, keys and values are x times a kernel [n, heads, size] plus a
// bias each, and the heads' results together times a kernel [heads, size, n] plus a bias. Weights
// have the names and shapes of Keras's MultiHeadAttention.
keras::Layer SelfAttention(int64_t heads, int64_t size, bool causal, const std::string& name);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_TEXT_LAYERS_H_
