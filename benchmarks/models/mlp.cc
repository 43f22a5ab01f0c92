#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/dense_stack.h"
#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {

using keras::KerasTensor;

KerasTensor DenseStack(KerasTensor x, const std::string& prefix,
                       std::initializer_list<int64_t> units, const std::string& last_activation) {
  int layer = 0;
  for (const int64_t n : units) {
    const bool last = ++layer == static_cast<int>(units.size());
    x = keras::Dense(
        n, {.activation = last ? last_activation : "relu", .name = absl::StrCat(prefix, layer)})(x);
  }
  return x;
}

namespace {

keras::Model Perceptron(const char* name, int64_t inputs, std::initializer_list<int64_t> units,
                        const char* last_activation) {
  const KerasTensor input = keras::Input({inputs});
  return keras::Model(input, DenseStack(input, "dense", units, last_activation), {.name = name});
}

}  // namespace

keras::Model Mlp() { return Perceptron("mlp", 784, {512, 512, 10}, "softmax"); }
keras::Model Titanic() { return Perceptron("titanic", 7, {100, 100, 1}, "sigmoid"); }
keras::Model Wages() { return Perceptron("wages", 9, {10, 5, 1}, ""); }

}  // namespace dagrad::benchmarks
