#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/families.h"
#include "dagrad/benchmarks/models/text_layers.h"

namespace dagrad::benchmarks {
namespace {

using keras::KerasTensor;

constexpr int64_t kWidth = 768;
constexpr int64_t kHeads = 12;
constexpr int64_t kInner = 3072;

KerasTensor Norm(const KerasTensor& x, const std::string& name) {
  return keras::LayerNormalization({.epsilon = 1e-5, .name = name})(x);
}

KerasTensor SelfAttend(const KerasTensor& x, bool causal, const std::string& layer) {
  return keras::MultiHeadAttention(kHeads, kWidth / kHeads,
                                   {.use_causal_mask = causal, .name = layer + "_attention"})(x);
}

// Normalization behind each sum, as in BERT.
KerasTensor EncoderLayer(const KerasTensor& in, const std::string& name) {
  const KerasTensor x = Norm(keras::Add()({in, SelfAttend(in, false, name)}), name + "_norm1");
  KerasTensor y = keras::Dense(kInner, {.activation = "gelu", .name = name + "_dense1"})(x);
  y = keras::Dense(kWidth, {.name = name + "_dense2"})(y);
  return Norm(keras::Add()({x, y}), name + "_norm2");
}

// Normalization before each branch, as in GPT-2.
KerasTensor DecoderLayer(const KerasTensor& in, const std::string& name) {
  const KerasTensor x = keras::Add()({in, SelfAttend(Norm(in, name + "_norm1"), true, name)});
  KerasTensor y = keras::Dense(kInner, {.name = name + "_dense1"})(Norm(x, name + "_norm2"));
  y = keras::Dense(kWidth, {.name = name + "_dense2"})(TanhGelu(name + "_gelu")(y));
  return keras::Add()({x, y});
}

}  // namespace

keras::Model Encoder() {
  const KerasTensor input = keras::Input({128, kWidth});
  KerasTensor x = input;
  for (int i = 1; i <= 4; ++i) x = EncoderLayer(x, absl::StrCat("layer", i));
  x = keras::GlobalAveragePooling1D()(x);
  x = keras::Dense(10, {.activation = "softmax", .name = "classes"})(x);
  return keras::Model(input, x, {.name = "encoder"});
}

keras::Model Gpt2() {
  constexpr int64_t kWords = 50257;
  const KerasTensor input = keras::Input({128}, {.dtype = DType::kInt64});
  KerasTensor x = keras::Embedding(kWords, kWidth, {.name = "tokens"})(input);
  x = Positions(1024, "positions")(x);
  for (int i = 1; i <= 12; ++i) x = DecoderLayer(x, absl::StrCat("layer", i));
  x = TiedLogits(kWords, "tokens/embeddings", "logits")(Norm(x, "final_norm"));
  return keras::Model(input, x, {.name = "gpt2"});
}

}  // namespace dagrad::benchmarks
