// wrong: Data
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

auto F(keras::Model& m) { return m.Fit(std::vector<float>{1}, std::vector<float>{1}); }
