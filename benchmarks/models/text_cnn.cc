#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {

using keras::KerasTensor;

keras::Model Imdb() {
  const KerasTensor input = keras::Input({400}, {.dtype = DType::kInt64});
  KerasTensor x = keras::Embedding(5000, 50, {.name = "embedding"})(input);
  x = keras::Conv1D(250, 3, {.activation = "relu", .name = "conv1"})(x);
  x = keras::GlobalMaxPooling1D()(x);
  x = keras::Dense(250, {.activation = "relu", .name = "dense1"})(x);
  x = keras::Dense(1, {.activation = "sigmoid", .name = "dense2"})(x);
  return keras::Model(input, x, {.name = "imdb"});
}

}  // namespace dagrad::benchmarks
