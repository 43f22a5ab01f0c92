#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {

using keras::KerasTensor;

keras::Model Lstm() {
  const KerasTensor input = keras::Input({50, 256});
  KerasTensor x = keras::LSTM(256, {.name = "lstm"})(input);
  x = keras::Dense(10, {.activation = "softmax", .name = "classes"})(x);
  return keras::Model(input, x, {.name = "lstm"});
}

}  // namespace dagrad::benchmarks
