#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {
namespace {

using keras::Dense;
using keras::KerasTensor;

// Dense layers "dense1", ..., all but the last with ReLU.
keras::Model Perceptron(const char* name, int64_t inputs, std::initializer_list<int64_t> units,
                        const char* last_activation) {
  const KerasTensor input = keras::Input({inputs});
  KerasTensor x = input;
  int layer = 0;
  for (const int64_t n : units) {
    const bool last = ++layer == static_cast<int>(units.size());
    x = Dense(n, {.activation = last ? last_activation : "relu",
                  .name = absl::StrCat("dense", layer)})(x);
  }
  return keras::Model(input, x, {.name = name});
}

}  // namespace

keras::Model Mlp() { return Perceptron("mlp", 784, {512, 512, 10}, "softmax"); }
keras::Model Titanic() { return Perceptron("titanic", 7, {100, 100, 1}, "sigmoid"); }
keras::Model Wages() { return Perceptron("wages", 9, {10, 5, 1}, ""); }

}  // namespace dagrad::benchmarks
