// Optimizers side by side on one model, as in the deep-learning courses, and batch, mini-batch and
// stochastic gradient descent.
// Data: made up, 256 points of y = sin(3 x).
//
//   bazel run -c opt //examples:optimizers [-- --epochs N] [--plots DIR] [--out DIR]

#include <cmath>
#include <vector>

#include "dagrad/examples/example.h"

namespace dagrad::examples {
namespace {

// The losses of the same model with the same initial weights and order of examples.
absl::StatusOr<std::vector<double>> Losses(const Flags& flags, const std::string& name,
                                           const Tensor& x, const Tensor& y,
                                           const keras::Optimizer& optimizer, int64_t batch_size) {
  keras::Sequential model("sine");
  model.Add(keras::Dense(32, {.activation = "tanh", .input_shape = {1}}));
  model.Add(keras::Dense(1));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = optimizer, .loss = "mse"}));
  DAGRAD_ASSIGN_OR_RETURN(
      keras::History history,
      model.Fit(x, y, {.batch_size = batch_size, .epochs = flags.Int("epochs"), .verbose = 0}));
  DAGRAD_RETURN_IF_ERROR(Save(flags, model, name));
  return history["loss"];
}

absl::Status Main(const Flags& flags) {
  Tensor x = Tensor::Full(DType::kFloat32, {256, 1}, 0), y = x.Clone().value();
  for (int i = 0; i < 256; ++i) {
    x.mutable_data<float>()[i] = static_cast<float>(i) / 128 - 1;
    y.mutable_data<float>()[i] = std::sin(3 * x.data<float>()[i]);
  }
  const std::vector<std::pair<std::string, keras::Optimizer>> optimizers = {
      {"SGD", keras::Sgd(0.01)},
      {"momentum", keras::Sgd(0.01, {.momentum = 0.9})},
      {"Adagrad", keras::Adagrad(0.01)},
      {"RMSprop", keras::Rmsprop(0.01)},
      {"Adam", keras::Adam(0.01)}};
  plot::Chart chart{.title = "Optimizers", .x_label = "epoch", .y_label = "loss"};
  chart.log_y = true;
  for (const auto& [name, optimizer] : optimizers) {
    DAGRAD_ASSIGN_OR_RETURN(auto losses, Losses(flags, name, x, y, optimizer, 32));
    std::cout << absl::StrFormat("%s: loss %.6f\n", name, losses.back());
    chart.lines.push_back({.name = name, .y = losses});
  }
  DAGRAD_RETURN_IF_ERROR(Show(flags, "optimizers", chart));

  chart.title = "Batches of SGD";
  chart.lines.clear();
  for (const auto& [name, size] : std::vector<std::pair<std::string, int64_t>>{
           {"batch", 256}, {"mini-batch", 32}, {"stochastic", 1}}) {
    DAGRAD_ASSIGN_OR_RETURN(auto losses, Losses(flags, name, x, y, keras::Sgd(0.01), size));
    std::cout << absl::StrFormat("%s: loss %.6f\n", name, losses.back());
    chart.lines.push_back({.name = name, .y = losses});
  }
  return Show(flags, "batches", chart);
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"epochs", "60", "passes over the data"},
                                    {"out", "", "folder to save the models in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
