// wrong: DenseOptions
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

keras::Layer F() { return keras::Dense(3, {.input_shape = "5"}); }
