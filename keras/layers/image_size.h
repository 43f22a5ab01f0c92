#ifndef DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_
#define DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

// Sizes of images [batch, height, width, channels].
namespace dagrad::keras::layers_internal {

// One float image of known height and width, and positive sizes of the result.
absl::Status CheckImage(absl::Span<const ValueType> inputs);
absl::Status CheckImageSize(int64_t height, int64_t width);

// The part [top, top + height) x [left, left + width).
struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
};
Value CutOut(Value x, const Box& box);
// The largest box in the middle of `height` x `width` with the proportions of the target.
Box MiddleOf(int64_t height, int64_t width, int64_t target_height, int64_t target_width);

// As Resizing says.
Value ResizeImage(Value x, int64_t height, int64_t width, const std::string& interpolation,
                  bool antialias);
// The middle with these proportions, resized.
Value SmartResize(Value x, int64_t height, int64_t width);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_IMAGE_SIZE_H_
