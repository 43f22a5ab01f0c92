#include "dagrad/benchmarks/models.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::benchmarks {
namespace {

using keras::Conv2D;
using keras::Dense;
using keras::Input;
using keras::MaxPooling2D;
using keras::Sequential;

Sequential Cnn() {
  Sequential model("cnn");
  model.Add(Input({28, 28, 1}));
  model.Add(Conv2D(32, 3, {.padding = "same", .activation = "relu"}));
  model.Add(MaxPooling2D(2));
  model.Add(Conv2D(64, 3, {.padding = "same", .activation = "relu"}));
  model.Add(MaxPooling2D(2));
  model.Add(keras::Flatten());
  model.Add(Dense(128, {.activation = "relu"}));
  model.Add(Dense(10, {.activation = "softmax"}));
  return model;
}

Sequential Mlp() {
  Sequential model("mlp");
  model.Add(Input({784}));
  model.Add(Dense(512, {.activation = "relu"}));
  model.Add(Dense(512, {.activation = "relu"}));
  model.Add(Dense(10, {.activation = "softmax"}));
  return model;
}

Sequential Titanic() {
  Sequential model("titanic");
  model.Add(Input({7}));
  model.Add(Dense(100, {.activation = "relu"}));
  model.Add(Dense(100, {.activation = "relu"}));
  model.Add(Dense(1, {.activation = "sigmoid"}));
  return model;
}

Sequential Wages() {
  Sequential model("wages");
  model.Add(Input({9}));
  model.Add(Dense(10, {.activation = "relu"}));
  model.Add(Dense(5, {.activation = "relu"}));
  model.Add(Dense(1));
  return model;
}

struct Workload {
  const char* name;
  Sequential (*model)();
  const char* loss;
};
constexpr Workload kWorkloads[] = {
    {"cnn", Cnn, "sparse_categorical_crossentropy"},
    {"cnn128", Cnn, "sparse_categorical_crossentropy"},
    {"mlp", Mlp, "sparse_categorical_crossentropy"},
    {"titanic", Titanic, "binary_crossentropy"},
    {"wages", Wages, "mse"},
};

}  // namespace

absl::StatusOr<Sequential> MakeModel(const std::string& workload) {
  const auto* const found = std::find_if(std::begin(kWorkloads), std::end(kWorkloads),
                                         [&](const Workload& w) { return workload == w.name; });
  if (found == std::end(kWorkloads))
    return absl::InvalidArgumentError(absl::StrCat("unknown workload ", workload));
  Sequential model = found->model();
  // The peers place epsilon before or after the correction of the bias; this small one makes that
  // difference smaller than rounding's.
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = keras::Adam({.epsilon = 1e-8}), .loss = found->loss}));
  return model;
}

}  // namespace dagrad::benchmarks
