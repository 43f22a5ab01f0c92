#ifndef DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_
#define DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/keras/layers/resize_weights.h"

// Sizes of images [batch, height, width, channels].
namespace dagrad::keras::layers_internal {

// One image of known height and width, of floats, or of integers or bools, which AsFloats makes one
// of floats.
absl::Status CheckImage(absl::Span<const ValueType> inputs);

Value CutOut(Value x, const Box& box);

// As Resizing says.
Value ResizeImage(Value x, int64_t height, int64_t width, const std::string& interpolation,
                  bool antialias);
// The middle with these proportions, resized.
Value SmartResize(Value x, int64_t height, int64_t width);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_
