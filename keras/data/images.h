#ifndef DAGRAD_KERAS_DATA_IMAGES_H_
#define DAGRAD_KERAS_DATA_IMAGES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/keras/data/dataset.h"

// Images in files: PNG, JPEG and BMP, as io/image.h reads them. Source of names, defaults and
// semantics: Keras 3. Thread-safe.
namespace dagrad::keras {

struct ImageDatasetOptions {
  // What y is of an image of class k: "int": k, int32 []; "categorical": one-hot, float32
  // [classes]; "binary", of two classes: k, float32 [1]; none: there is no y, and all images below
  // the folder are taken, whatever their folders.
  std::optional<std::string> label_mode = "int";
  // Folders to be taken, in the order of their numbers; none: all, in the order of their names.
  std::vector<std::string> class_names = {};
  std::string color_mode = "rgb";  // or "rgba", "grayscale": 3, 4 or 1 channels
  int64_t batch_size = 32;
  std::array<int64_t, 2> image_size = {256, 256};  // height, width
  // Another order in each epoch, of all images; else folder by folder, in the order of the names.
  bool shuffle = true;
  std::optional<int64_t> seed = {};  // of the order; 0 without it
  // The share of images that is kept for validation, and which part this is: "training" or
  // "validation". Both calls must have the same seed, or shuffle = false.
  double validation_split = 0;
  std::string subset = {};
  std::string interpolation = "bilinear";  // or "nearest", "bicubic", as Resizing's
  bool crop_to_aspect_ratio = false;       // cut the middle out first, of image_size's proportions
  bool pad_to_aspect_ratio = false;        // resize it to what fits, and put it amid zeros
  int threads = 2;                         // that read and resize
  size_t max_bytes = size_t{1} << 28;      // of a file, and of its pixels
  Budget budget = {};                      // takes what a file and its pixels take while it is read
};

// What a folder of images is: its classes and files, and batches of them.
struct ImageDataset {
  std::vector<std::string> class_names;  // empty without labels
  std::vector<std::string> file_paths;   // of this part; the order before it is shuffled
  std::vector<int64_t> labels;           // of each file; empty without labels

  // x: float32 [height, width, channels], 0 to 255; y as label_mode says. A file is read when its
  // turn comes; what is wrong with it ends the epoch, with its name. For a pipeline of one's own.
  Dataset examples;
  // examples.Batch(batch_size).Prefetch(2): for Fit, Evaluate and Predict.
  int64_t batch_size;
  BatchSourcePtr Source() const { return examples.Batch(batch_size).Prefetch(2).Source(); }
};

// The images in the folders of a folder, each folder a class
// (keras.utils.image_dataset_from_directory):
//
//   DAGRAD_ASSIGN_OR_RETURN(keras::ImageDataset train, keras::ImageDatasetFromDirectory(
//       "flowers", {.image_size = {180, 180}, .seed = 1, .validation_split = 0.2,
//                   .subset = "training"}));
//   model.Fit(train.Source(), …)
//
// Files are those whose names end in .png, .jpg, .jpeg or .bmp, in any case; folders below a
// class's belong to it. Names that begin with a point, and links to folders below a class's, are
// left out. Not Keras's: which images are in which part, and their order; pixels of a JPEG are
// those of Pillow and load_img, while TensorFlow's faster arithmetic gives others, by up to 4.
//
// NotFound where there is no folder, or none of a class; InvalidArgument for options that exclude
// each other or are none of those above, and where a part has no image; Unimplemented where there
// is a .gif.
absl::StatusOr<ImageDataset> ImageDatasetFromDirectory(const std::string& directory,
                                                       const ImageDatasetOptions& options = {});

struct LoadImageOptions {
  std::string color_mode = "rgb";  // or "rgba", "grayscale"
  size_t max_bytes = size_t{1} << 28;
  Budget budget = {};
};
// The pixels, float32 [height, width, channels], 0 to 255: img_to_array(load_img(path)). For
// another size: the layer Resizing. Errors: those of io::ReadImage, and InvalidArgument for another
// color_mode.
absl::StatusOr<Tensor> LoadImage(const std::string& path, const LoadImageOptions& options = {});

// Writes [height, width, 1 or 3 or 4] of any number type as a PNG (save_img): with `scale` the
// smallest element becomes 0 and the greatest 255, else they are from 0 to 255 as they are; either
// way what is behind the point is dropped. InvalidArgument for other shapes, what is not finite and
// without `scale` what is below 0 or above 255.
absl::Status SavePng(const std::string& path, const Tensor& image, bool scale = true);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_IMAGES_H_
