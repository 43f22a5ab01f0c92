// Learns Fashion-MNIST from 1,000 images, without and with augmentation: layers that mirror, turn,
// shift and zoom each image at random in training, so that no epoch sees the same one twice.
//
//   bazel run -c opt //examples:augmentation [-- --epochs N] [--images N] [--data DIR] [--out DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/images.h"

keras::Sequential MakeModel(bool augmented) {
  keras::Sequential model(augmented ? "augmented" : "plain", {.seed = 1});
  model.Add(keras::Input({28, 28, 1}));
  if (augmented) {
    model.Add(keras::RandomFlip({.mode = "horizontal"}));
    model.Add(keras::RandomRotation(0.02, {.fill_mode = "constant"}));
    model.Add(keras::RandomTranslation(0.06, 0.06, {.fill_mode = "constant"}));
    model.Add(keras::RandomZoom(0.08, {}, {.fill_mode = "constant"}));
  }
  model.Add(keras::Conv2D(32, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::MaxPooling2D(2));
  model.Add(keras::Conv2D(64, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::MaxPooling2D(2));
  model.Add(keras::Flatten());
  model.Add(keras::Dense(64, {.activation = "relu"}));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return model;
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"epochs", "40", "passes over the training images"},
                     {"out", "", "folder to save the models in"},
                     {"images", "1000", "of the training part"},
                     {"data", "/usr/share/datasets/fashion-mnist", "folder of the IDX files",
                      "DAGRAD_FASHION_MNIST"}});
  const Images train = OrExit(ReadImages(flags.Get("data"), "train", flags.Int("images")));
  const Images test = OrExit(ReadImages(flags.Get("data"), "t10k", 2000));
  for (const bool augmented : {false, true}) {
    keras::Model model = MakeModel(augmented);
    OrExit(model.Compile(
        {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = "accuracy"}));
    OrExit(model.Fit(train.pixels, train.labels,
                     {.batch_size = 32, .epochs = flags.Int("epochs"), .verbose = 0}));
    Save(flags, model, model.name());
    const keras::Logs seen = OrExit(model.Evaluate(train.pixels, train.labels, {.verbose = 0}));
    const keras::Logs other = OrExit(model.Evaluate(test.pixels, test.labels, {.verbose = 0}));
    absl::PrintF("%s: accuracy %.3f on the training images, %.3f on others\n", model.name(),
                 seen["accuracy"], other["accuracy"]);
  }
}
