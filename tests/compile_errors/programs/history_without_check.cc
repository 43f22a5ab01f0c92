// wrong: StatusOr<dagrad::keras::History>
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

auto F(keras::Model& m, Tensor x) { return m.Fit(x, x)["loss"]; }
