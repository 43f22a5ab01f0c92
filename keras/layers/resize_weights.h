#ifndef DAGRAD_KERAS_LAYERS_RESIZE_WEIGHTS_H_
#define DAGRAD_KERAS_LAYERS_RESIZE_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

// The arithmetic of resized images: of the layers, in the graph, and of the images of a Dataset.
namespace dagrad::keras::layers_internal {

// Positive sizes of a result, not beyond 2^20.
absl::Status CheckImageSize(int64_t height, int64_t width);
// Unimplemented for what is not "bilinear", "nearest" or "bicubic".
absl::Status CheckInterpolation(const std::string& interpolation);

// The part [top, top + height) x [left, left + width).
struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;
};
// The largest box in the middle of `height` x `width` with the proportions of the target.
Box MiddleOf(int64_t height, int64_t width, int64_t target_height, int64_t target_width);

// An element of a resized axis: Σ_k weights[k] · x[begin + k]; the weights' sum is 1.
struct WeightedElements {
  int64_t begin = 0;
  std::vector<double> weights;
};
// The `out` elements that an axis of `in` becomes, as Resizing says.
std::vector<WeightedElements> ResizedAxis(int64_t in, int64_t out, const std::string& interpolation,
                                          bool antialias);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_RESIZE_WEIGHTS_H_
