#ifndef DAGRAD_KERAS_LAYERS_POOLING_H_
#define DAGRAD_KERAS_LAYERS_POOLING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Pooling. layers.h says what holds for all.
namespace dagrad::keras {

struct Pooling2DOptions {
  std::optional<Size2D> strides = {};  // as the pool
  std::string padding = "valid";       // or "same"
  InputShape input_shape = {};
  std::string name = {};
};
// The largest, or the mean (of the elements inside the image), of each window of each channel.
Layer MaxPooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct Pooling1DOptions {
  std::optional<int64_t> strides = {};  // as the pool
  std::string padding = "valid";        // or "same"
  InputShape input_shape = {};
  std::string name = {};
};
// The same over the steps of [batch, steps, channels].
Layer MaxPooling1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct Pooling3DOptions {
  std::optional<Size3D> strides = {};  // as the pool
  std::string padding = "valid";       // or "same"
  InputShape input_shape = {};
  std::string name = {};
};
// The same over volumes [batch, depth, height, width, channels].
Layer MaxPooling3D(Size3D pool_size = 2, Pooling3DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling3D(Size3D pool_size = 2, Pooling3DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

// The largest, or the mean, of windows that make the given output size of whatever input size: of n
// elements along an axis, element i of m is over those from ⌊i n / m⌋ to ⌈(i + 1) n / m⌉ - 1. Sizes
// of the input must be numbers.
Layer AdaptiveMaxPooling1D(int64_t output_size, LayerOptions options = {},
                           SourceLocation location = SourceLocation::Current());
Layer AdaptiveAveragePooling1D(int64_t output_size, LayerOptions options = {},
                               SourceLocation location = SourceLocation::Current());
Layer AdaptiveMaxPooling2D(Size2D output_size, LayerOptions options = {},
                           SourceLocation location = SourceLocation::Current());
Layer AdaptiveAveragePooling2D(Size2D output_size, LayerOptions options = {},
                               SourceLocation location = SourceLocation::Current());
Layer AdaptiveMaxPooling3D(Size3D output_size, LayerOptions options = {},
                           SourceLocation location = SourceLocation::Current());
Layer AdaptiveAveragePooling3D(Size3D output_size, LayerOptions options = {},
                               SourceLocation location = SourceLocation::Current());

struct GlobalPoolingOptions {
  bool keepdims = false;
  InputShape input_shape = {};
  std::string name = {};
};
// Maximum or mean over steps, height and width, or depth, height and width: [batch, steps, c],
// [batch, h, w, c] or [batch, d, h, w, c] to [batch, c]; with keepdims the reduced dimensions stay
// as 1. GlobalAveragePooling1D takes the mean over the steps that a mask has; of none it is NaN.
Layer GlobalMaxPooling1D(GlobalPoolingOptions options = {},
                         SourceLocation location = SourceLocation::Current());
Layer GlobalAveragePooling1D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current());
Layer GlobalMaxPooling2D(GlobalPoolingOptions options = {},
                         SourceLocation location = SourceLocation::Current());
Layer GlobalAveragePooling2D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current());

Layer GlobalMaxPooling3D(GlobalPoolingOptions options = {},
                         SourceLocation location = SourceLocation::Current());
Layer GlobalAveragePooling3D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current());

// Keras's other names of these.
inline Layer MaxPool1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return MaxPooling1D(pool_size, std::move(options), location);
}
inline Layer AvgPool1D(int64_t pool_size = 2, Pooling1DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return AveragePooling1D(pool_size, std::move(options), location);
}
inline Layer MaxPool2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return MaxPooling2D(pool_size, std::move(options), location);
}
inline Layer AvgPool2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return AveragePooling2D(pool_size, std::move(options), location);
}
inline Layer MaxPool3D(Size3D pool_size = 2, Pooling3DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return MaxPooling3D(pool_size, std::move(options), location);
}
inline Layer AvgPool3D(Size3D pool_size = 2, Pooling3DOptions options = {},
                       SourceLocation location = SourceLocation::Current()) {
  return AveragePooling3D(pool_size, std::move(options), location);
}
inline Layer GlobalMaxPool1D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalMaxPooling1D(std::move(options), location);
}
inline Layer GlobalAvgPool1D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalAveragePooling1D(std::move(options), location);
}
inline Layer GlobalMaxPool2D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalMaxPooling2D(std::move(options), location);
}
inline Layer GlobalAvgPool2D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalAveragePooling2D(std::move(options), location);
}
inline Layer GlobalMaxPool3D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalMaxPooling3D(std::move(options), location);
}
inline Layer GlobalAvgPool3D(GlobalPoolingOptions options = {},
                             SourceLocation location = SourceLocation::Current()) {
  return GlobalAveragePooling3D(std::move(options), location);
}

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_POOLING_H_
