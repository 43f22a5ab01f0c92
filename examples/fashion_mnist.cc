// Trains a small convolutional network on the 60,000 images of Fashion-MNIST, evaluates it on the
// 10,000 others, shows the filters that it has learned, saves it, loads it again, and sees that it
// predicts the same bits.
//
//   bazel run -c opt //examples:fashion_mnist [-- --epochs N] [--batch_size N] [--data DIR] [--out
//   DIR] [--plots DIR] [--seed N]

#include <numeric>

#include "dagrad/examples/example.h"
#include "dagrad/examples/images.h"

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

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"epochs", "10", "passes over the training images"},
                     {"batch_size", "64", "images per step"},
                     {"seed", "1", "of initial weights, dropout and order"},
                     {"data", "/usr/share/datasets/fashion-mnist", "folder of the IDX files",
                      "DAGRAD_FASHION_MNIST"},
                     {"out", "/tmp/dagrad_fashion_mnist", "folder to save the model in"},
                     {"plots", "", "folder for pictures"}});
  std::cout << "Reading " << flags.Get("data") << "\n";
  const Images train = OrExit(ReadImages(flags.Get("data"), "train"));
  const Images test = OrExit(ReadImages(flags.Get("data"), "t10k"));
  const int64_t epochs = flags.Int("epochs"), batch_size = flags.Int("batch_size");

  keras::Model model = MakeModel(flags.Int("seed"));
  const auto rate = keras::LearningRate::CosineDecay(0.0015, epochs * (60000 / batch_size + 1));
  OrExit(model.Compile({.optimizer = keras::Adam({.learning_rate = rate}),
                        .loss = "sparse_categorical_crossentropy",
                        .metrics = "accuracy"}));
  std::cout << model.Summary();

  const keras::History history =
      OrExit(model.Fit(train.pixels, train.labels, {.batch_size = batch_size, .epochs = epochs}));
  const double total = std::accumulate(history.seconds.begin(), history.seconds.end(), 0.0);
  absl::PrintF("Time per epoch: %.1f s\n", total / static_cast<double>(history.seconds.size()));

  const keras::Logs logs = OrExit(model.Evaluate(test.pixels, test.labels, {.batch_size = 256}));
  absl::PrintF("Test accuracy: %.2f %%, test loss: %.4f\n", 100 * logs["accuracy"], logs["loss"]);

  Show(flags, "fashion_mnist_images",
       plot::ImageGrid{.images = OrExit(learn::TakeRows(test.pixels, 0, 9)), .columns = 3});
  Show(flags, "fashion_mnist_filters", OrExit(plot::FilterGrid(OrExit(model.GetWeights())[0])));

  const std::string out = flags.Get("out");
  OrExit(model.Save(out));
  const keras::Model loaded = OrExit(keras::Model::Load(out));
  const Tensor before = OrExit(model.Predict(test.pixels, {.batch_size = 256}));
  const Tensor after = OrExit(loaded.Predict(test.pixels, {.batch_size = 256}));
  if (!SameBits(before, after))
    OrExit(absl::InternalError("the reloaded model predicts other bits"));
  absl::PrintF("Saved to %s; reloaded, it predicts the same bits for all %d test images.\n", out,
               before.dims()[0]);
}
