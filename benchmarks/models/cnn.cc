#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {

using keras::Conv2D;
using keras::Dense;
using keras::KerasTensor;
using keras::MaxPooling2D;

keras::Model Cnn() {
  const KerasTensor input = keras::Input({28, 28, 1});
  KerasTensor x = Conv2D(32, 3, {.padding = "same", .activation = "relu", .name = "conv1"})(input);
  x = MaxPooling2D(2)(x);
  x = Conv2D(64, 3, {.padding = "same", .activation = "relu", .name = "conv2"})(x);
  x = MaxPooling2D(2)(x);
  x = keras::Flatten()(x);
  x = Dense(128, {.activation = "relu", .name = "dense1"})(x);
  x = Dense(10, {.activation = "softmax", .name = "dense2"})(x);
  return keras::Model(input, x, {.name = "cnn"});
}

}  // namespace dagrad::benchmarks
