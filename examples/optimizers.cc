// Optimizers side by side on one model, as in the deep-learning courses, and batch, mini-batch and
// stochastic gradient descent.
// Data: made up, 256 points of y = sin(3 x).
//
//   bazel run -c opt //examples:optimizers [-- --epochs N] [--plots DIR] [--out DIR]

#include "dagrad/examples/example.h"

// The losses of the same model with the same initial weights and order of examples.
plot::Line Losses(const Flags& flags, const std::string& name, const Tensor& x, const Tensor& y,
                  const keras::Optimizer& optimizer, int64_t batch_size) {
  keras::Sequential model("sine");
  model.Add(keras::Dense(32, {.activation = "tanh", .input_shape = {1}}));
  model.Add(keras::Dense(1));
  OrExit(model.Compile({.optimizer = optimizer, .loss = "mse"}));
  const keras::History history = OrExit(
      model.Fit(x, y, {.batch_size = batch_size, .epochs = flags.Int("epochs"), .verbose = 0}));
  Save(flags, model, name);
  absl::PrintF("%s: loss %.6f\n", name, history["loss"].back());
  return {.name = name, .y = history["loss"]};
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"epochs", "60", "passes over the data"},
                     {"out", "", "folder to save the models in"},
                     {"plots", "", "folder for pictures"}});
  Tensor x = Tensor::Full(DType::kFloat32, {256, 1}, 0), y = OrExit(x.Clone());
  for (int i = 0; i < 256; ++i) {
    x.mutable_data<float>()[i] = static_cast<float>(i) / 128 - 1;
    y.mutable_data<float>()[i] = std::sin(3 * x.data<float>()[i]);
  }
  plot::Chart chart{.title = "Optimizers", .x_label = "epoch", .y_label = "loss", .log_y = true};
  for (const auto& [name, optimizer] : std::vector<std::pair<std::string, keras::Optimizer>>{
           {"SGD", keras::Sgd(0.01)},
           {"momentum", keras::Sgd(0.01, {.momentum = 0.9})},
           {"Adagrad", keras::Adagrad(0.01)},
           {"RMSprop", keras::Rmsprop(0.01)},
           {"Adam", keras::Adam(0.01)}})
    chart.lines.push_back(Losses(flags, name, x, y, optimizer, 32));
  Show(flags, "optimizers", chart);

  plot::Chart batches{
      .title = "Batches of SGD", .x_label = "epoch", .y_label = "loss", .log_y = true};
  for (const auto& [name, size] : std::vector<std::pair<std::string, int64_t>>{
           {"batch", 256}, {"mini-batch", 32}, {"stochastic", 1}})
    batches.lines.push_back(Losses(flags, name, x, y, keras::Sgd(0.01), size));
  Show(flags, "batches", batches);
}
