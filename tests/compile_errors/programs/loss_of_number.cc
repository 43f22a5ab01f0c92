// wrong: CompileOptions
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

absl::Status F(keras::Model& m) { return m.Compile({.loss = 5}); }
