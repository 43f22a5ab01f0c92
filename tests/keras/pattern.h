#ifndef DAGRAD_TESTS_KERAS_PATTERN_H_
#define DAGRAD_TESTS_KERAS_PATTERN_H_

#include <cmath>
#include <cstdint>

#include "dagrad/graph/tensor.h"

namespace dagrad::keras_parity {

// Float32; element i in row-major order is scale * sin(step * i + shift). The scripts that make the
// golden numbers have the same function.
inline Tensor Pattern(const Dims& dims, double scale, double step, double shift) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>())
    v = static_cast<float>(scale * std::sin(step * static_cast<double>(i++) + shift));
  return t;
}

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_PATTERN_H_
