// The example of README.md: fits y = 2 x - 1 with one dense layer.

#include <iostream>

#include "dagrad/graph/or_exit.h"
#include "dagrad/io/working_directory.h"
#include "dagrad/keras/keras.h"

using namespace dagrad;

int main() {
  io::EnterBuildWorkingDirectory();  // bazel run starts elsewhere
  const Tensor x = Tensor::Of<float>({6, 1}, {-1, 0, 1, 2, 3, 4});
  const Tensor y = Tensor::Of<float>({6, 1}, {-3, -1, 1, 3, 5, 7});

  // OrExit ends the program at an error, which names the node, the op, the shapes and the line that
  // built it.
  keras::Sequential model("line");
  model.Add(keras::Dense(1, {.input_shape = {1}}));
  OrExit(model.Compile({.optimizer = keras::Sgd(0.05), .loss = "mse"}));
  OrExit(model.Fit(x, y, {.epochs = 200, .verbose = 0}));
  OrExit(model.Save("line"));  // for dagrad show, check, dot and run

  const Tensor ten = OrExit(model.Predict(Tensor::Of<float>({1, 1}, {10})));
  std::cout << "10 -> " << ten << "\n";
}
