// Trains a small convolutional network on the 60,000 images of Fashion-MNIST, evaluates it on the
// 10,000 others, saves it, loads it again, and sees that it predicts the same bits.
//
//   bazel run -c opt //examples:fashion_mnist [-- --epochs N] [--batch_size N] [--data DIR] [--out
//   DIR] [--seed N]

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "dagrad/examples/flags.h"
#include "dagrad/examples/images.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace dagrad::examples {
namespace {

keras::Sequential MakeModel(int64_t seed) {
  keras::Sequential model("fashion_mnist", {.seed = seed});
  model.Add(keras::Input({28, 28, 1}));
  model.Add(keras::Conv2D(32, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::MaxPooling2D(2));
  model.Add(keras::Conv2D(64, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::MaxPooling2D(2));
  model.Add(keras::Flatten());
  model.Add(keras::Dropout(0.3));
  model.Add(keras::Dense(128, {.activation = "relu"}));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return model;
}

absl::Status Main(const Flags& flags) {
  const std::string folder = flags.Get("data");
  std::cout << "Reading " << folder << "\n";
  DAGRAD_ASSIGN_OR_RETURN(Images train, ReadImages(folder, "train"));
  DAGRAD_ASSIGN_OR_RETURN(Images test, ReadImages(folder, "t10k"));
  const int64_t epochs = flags.Int("epochs");
  const int64_t batch_size = flags.Int("batch_size");
  const int64_t seed = flags.Int("seed");

  keras::Sequential model = MakeModel(seed);
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = keras::Adam({.learning_rate = keras::LearningRate::CosineDecay(
                                                   0.0015, epochs * (60000 / batch_size + 1))}),
                     .loss = "sparse_categorical_crossentropy",
                     .metrics = {"accuracy"}}));
  std::cout << model.Summary();

  DAGRAD_ASSIGN_OR_RETURN(
      keras::History history,
      model.Fit(train.pixels, train.labels, {.batch_size = batch_size, .epochs = epochs}));
  const double total = std::accumulate(history.seconds.begin(), history.seconds.end(), 0.0);
  std::cout << absl::StrFormat("Time per epoch: %.1f s\n",
                               total / static_cast<double>(history.seconds.size()));

  DAGRAD_ASSIGN_OR_RETURN(keras::Logs logs,
                          model.Evaluate(test.pixels, test.labels, {.batch_size = 256}));
  std::cout << absl::StrFormat("Test accuracy: %.2f %%, test loss: %.4f\n", 100 * logs["accuracy"],
                               logs["loss"]);

  const std::string out = flags.Get("out");
  DAGRAD_RETURN_IF_ERROR(model.Save(out));
  DAGRAD_ASSIGN_OR_RETURN(keras::Model loaded, keras::Model::Load(out));
  DAGRAD_ASSIGN_OR_RETURN(Tensor before, model.Predict(test.pixels, {.batch_size = 256}));
  DAGRAD_ASSIGN_OR_RETURN(Tensor after, loaded.Predict(test.pixels, {.batch_size = 256}));
  if (!SameBits(before, after))
    return absl::InternalError("the reloaded model predicts other bits");
  std::cout << "Saved to " << out << "; reloaded, it predicts the same bits for all "
            << before.dims()[0] << " test images.\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(
      argc, argv,
      {{"epochs", "10", "passes over the training images"},
       {"batch_size", "64", "images per step"},
       {"seed", "1", "of initial weights, dropout and order"},
       {"data", "/usr/share/datasets/fashion-mnist", "folder of the IDX files",
        "DAGRAD_FASHION_MNIST"},
       {"out", "/tmp/dagrad_fashion_mnist", "folder to save the model in"}},
      dagrad::examples::Main);
}
