// wrong: Add
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

void F(keras::Sequential& m) { m.Add("dense"); }
