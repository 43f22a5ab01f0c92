#ifndef DAGRAD_KERAS_LAYERS_IMAGE_H_
#define DAGRAD_KERAS_LAYERS_IMAGE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"
#include "dagrad/keras/layers/preprocessing.h"

// Layers of images [batch, height, width, channels], whose height and width must be numbers.
// layers.h says what holds for all.
namespace dagrad::keras {

struct ResizingOptions {
  std::string interpolation = "bilinear";  // or "nearest", "bicubic" (Keys, a = -0.5)
  bool crop_to_aspect_ratio = false;       // cut the middle out first, of the result's proportions
  bool pad_to_aspect_ratio = false;        // put it in the middle of such an image first
  std::string fill_mode = "constant";      // of the padding: no other
  double fill_value = 0;
  bool antialias = false;  // wider kernels where the image shrinks; not for "nearest"
  InputShape input_shape = {};
  std::string name = {};
};
// Images of this height and width: element i of an axis of n is taken at (i + 1/2) n / size - 1/2.
// Weights outside of the image count for nothing; those inside are scaled to the sum 1.
Layer Resizing(int64_t height, int64_t width, ResizingOptions options = {},
               SourceLocation location = SourceLocation::Current());

// The middle of the image; one that is smaller is cut to the proportions and resized ("bilinear").
Layer CenterCrop(int64_t height, int64_t width, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());

// What follows changes each image at random in training, and is the identity otherwise, but for
// RandomCrop. Draws are those of the model's seed and, where given, of the layer's, as Dropout's.
struct RandomImageOptions {
  std::optional<int64_t> seed = {};
  InputShape input_shape = {};
  std::string name = {};
};

struct RandomFlipOptions {
  std::string mode = "horizontal_and_vertical";  // or "horizontal", "vertical"
  std::optional<int64_t> seed = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Mirrors half of the images; in both directions at once, as Keras has it.
Layer RandomFlip(RandomFlipOptions options = {},
                 SourceLocation location = SourceLocation::Current());

struct RandomAffineOptions {
  std::string fill_mode = "reflect";       // (d c b a | a b c d | d c b a), or "constant",
                                           // "nearest" (a a | a b c d | d d), "wrap"
  std::string interpolation = "bilinear";  // or "nearest"
  std::optional<int64_t> seed = {};
  double fill_value = 0;  // of "constant"
  InputShape input_shape = {};
  std::string name = {};
};
// By an angle of factor · 360 degrees about the middle, factor in [-1, 1].
Layer RandomRotation(Factor factor, RandomAffineOptions options = {},
                     SourceLocation location = SourceLocation::Current());
// By these parts of height and width, in [-1, 1]: down and to the right where positive.
Layer RandomTranslation(Factor height_factor, Factor width_factor, RandomAffineOptions options = {},
                        SourceLocation location = SourceLocation::Current());
// The image shows 1 + factor times its height and width, factor in (-1, 1]: negative ones enlarge.
// Without width_factor both are the same.
Layer RandomZoom(Factor height_factor, std::optional<Factor> width_factor = {},
                 RandomAffineOptions options = {},
                 SourceLocation location = SourceLocation::Current());

// In training a part of this size, at one place for the whole batch; of an image that is not larger
// in both directions, the rows and columns, as many as there are, from where its middle of the
// result's proportions begins, resized. Outside of training the middle of the result's proportions,
// resized: Keras 3.15 leaves the image as it is, of its own size.
Layer RandomCrop(int64_t height, int64_t width, RandomImageOptions options = {},
                 SourceLocation location = SourceLocation::Current());

struct RandomColorOptions {
  Numbers value_range = {0.0, 255.0};
  std::optional<int64_t> seed = {};
  InputShape input_shape = {};
  std::string name = {};
};
// (x - mean) f + mean, f in [1 - lower, 1 + upper], by channels, then cut to value_range. One
// number f stands for [0, f] here, each in [0, 1].
Layer RandomContrast(Factor factor, RandomColorOptions options = {},
                     SourceLocation location = SourceLocation::Current());
// x + factor (value_range[1] - value_range[0]), factor in [-1, 1], then cut to value_range.
Layer RandomBrightness(Factor factor, RandomColorOptions options = {},
                       SourceLocation location = SourceLocation::Current());
// value_range[1] - x with a probability drawn from [0, factor], in [0, 1].
Layer RandomInvert(Factor factor = 1.0, RandomColorOptions options = {},
                   SourceLocation location = SourceLocation::Current());
// All three channels as 0.2989 r + 0.587 g + 0.114 b, with probability `factor`.
Layer RandomGrayscale(double factor = 0.5, RandomImageOptions options = {},
                      SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_IMAGE_H_
