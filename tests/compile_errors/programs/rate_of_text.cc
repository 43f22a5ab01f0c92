// wrong: Adam
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

keras::Optimizer F() { return keras::Adam("0.1"); }
