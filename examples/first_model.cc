// The example of README.md: fits y = 2 x - 1 with one dense layer.

#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/io/working_directory.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;

absl::Status Main() {
  const auto x = dagrad::Tensor::Of<float>({6, 1}, {-1, 0, 1, 2, 3, 4});
  const auto y = dagrad::Tensor::Of<float>({6, 1}, {-3, -1, 1, 3, 5, 7});

  keras::Sequential model("line");
  model.Add(keras::Dense(1, {.input_shape = {1}}));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Sgd(0.05), .loss = "mse"}));
  DAGRAD_RETURN_IF_ERROR(model.Fit(x, y, {.epochs = 200, .verbose = 0}).status());
  DAGRAD_RETURN_IF_ERROR(model.Save("line"));  // for dagrad show, check, dot and run

  DAGRAD_ASSIGN_OR_RETURN(dagrad::Tensor ten,
                          model.Predict(dagrad::Tensor::Of<float>({1, 1}, {10})));
  std::cout << "10 -> " << ten.ToString() << "\n";
  return absl::OkStatus();
}

int main() {
  dagrad::io::EnterBuildWorkingDirectory();  // bazel run starts elsewhere
  const absl::Status status = Main();
  // An error names the node, the op, the shapes and the line above that built it.
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
