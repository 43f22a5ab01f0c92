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

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_TEXT_LAYERS_H_
