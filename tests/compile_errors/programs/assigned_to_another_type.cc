// wrong: dagrad::Tensor
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

absl::Status F(const keras::Model& m, Tensor x) {
  DAGRAD_ASSIGN_OR_RETURN(int y, m.Predict(x));
  return absl::OkStatus();
}
