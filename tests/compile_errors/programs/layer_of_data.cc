// wrong: dagrad::Tensor
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

auto F(Tensor t) { return keras::Dense(3)(t); }
