// wrong: StatusOr<dagrad::Tensor>
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

Tensor F(const keras::Model& m, Tensor x) {
  Tensor y = m.Predict(x);
  return y;
}
