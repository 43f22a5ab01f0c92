// wrong: dagrad::Tensor
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

dagrad::Value F(dagrad::Value v, Tensor t) { return v + t; }
