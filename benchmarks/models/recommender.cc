#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/dense_stack.h"
#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {

using keras::KerasTensor;

keras::Model Recommender() {
  constexpr int kTables = 8;
  std::vector<KerasTensor> inputs = {keras::Input({13})};
  std::vector<KerasTensor> parts = {
      keras::Activation("relu")(DenseStack(inputs[0], "bottom_dense", {64, 32}, ""))};
  for (int i = 1; i <= kTables; ++i) {
    inputs.push_back(keras::Input({1}, {.dtype = DType::kInt64}));
    const keras::Layer table = keras::Embedding(100000, 32, {.name = absl::StrCat("table", i)});
    parts.push_back(keras::Flatten()(table(inputs.back())));
  }
  const KerasTensor x = keras::Concatenate()(parts);
  return keras::Model(inputs, {DenseStack(x, "top_dense", {256, 64, 1}, "sigmoid")},
                      {.name = "recommender"});
}

}  // namespace dagrad::benchmarks
