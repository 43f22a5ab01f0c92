// Segments the images of Fashion-MNIST: a fully convolutional network says for every pixel whether
// it is background, clothes, shoes or a bag. What a pixel is of can be told from the whole image
// only: convolutions with strides see it, transposed ones bring what they saw back to every pixel.
// The masks are made from the images: a pixel that is not black belongs to what the image shows.
//
//   bazel run -c opt //examples:segmentation [-- --epochs N] [--images N] [--data DIR] [--out DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/images.h"

const std::vector<std::string> kClasses = {"background", "clothes", "shoes", "bag"};
constexpr int64_t kClassOf[] = {1, 1, 1, 1, 1, 2, 1, 2, 3, 2};  // of each label

// [n, 28, 28], the class of each pixel.
Tensor Masks(const Images& images) {
  const auto pixels = images.pixels.data<float>();
  Tensor masks = *Tensor::Zeros(DType::kInt32, {images.labels.num_elements(), 28, 28});
  for (size_t i = 0; i < pixels.size(); ++i) {
    if (pixels[i] > 0.1)
      masks.mutable_data<int32_t>()[i] = kClassOf[images.labels.data<uint8_t>()[i / 784]];
  }
  return masks;
}

keras::Sequential MakeModel() {
  keras::Sequential model("segmentation", {.seed = 1});
  model.Add(keras::Input({28, 28, 1}));
  model.Add(keras::Conv2D(16, 3, {.strides = 2, .padding = "same", .activation = "relu"}));
  model.Add(keras::Conv2D(32, 3, {.strides = 2, .padding = "same", .activation = "relu"}));
  model.Add(keras::Conv2D(64, 7, {.padding = "same", .activation = "relu"}));
  model.Add(keras::Conv2DTranspose(32, 3, {.strides = 2, .padding = "same", .activation = "relu"}));
  model.Add(keras::Conv2DTranspose(16, 3, {.strides = 2, .padding = "same", .activation = "relu"}));
  model.Add(keras::Conv2D(4, 3, {.padding = "same", .activation = "softmax"}));
  return model;
}

// How far what is said to be of a class and what is of it overlap; of all classes the mean.
std::vector<keras::Metric> Overlaps() {
  std::vector<keras::Metric> metrics = {
      keras::metrics::MeanIoU({.num_classes = 4, .sparse_y_pred = false})};
  for (int64_t k = 0; k < 4; ++k) {
    metrics.push_back(keras::metrics::IoU(
        {.name = kClasses[k], .num_classes = 4, .target_class_ids = {k}, .sparse_y_pred = false}));
  }
  return metrics;
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"epochs", "5", "passes over the training images"},
                     {"out", "", "folder to save the model in"},
                     {"images", "10000", "of the training part"},
                     {"data", "/usr/share/datasets/fashion-mnist", "folder of the IDX files",
                      "DAGRAD_FASHION_MNIST"}});
  const Images train = OrExit(ReadImages(flags.Get("data"), "train", flags.Int("images")));
  const Images test = OrExit(ReadImages(flags.Get("data"), "t10k", 1000));
  keras::Model model = MakeModel();
  std::cout << model.Summary();
  OrExit(model.Compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = Overlaps()}));
  OrExit(model.Fit(train.pixels, Masks(train), {.batch_size = 32, .epochs = flags.Int("epochs")}));
  Save(flags, model);
  const keras::Logs logs = OrExit(model.Evaluate(test.pixels, Masks(test), {.verbose = 0}));
  for (const std::string& name : kClasses) absl::PrintF("IoU of %s: %.3f\n", name, logs[name]);
  absl::PrintF("Mean IoU on images not seen: %.3f\n", logs["mean_io_u"]);
}
