#ifndef DAGRAD_KERAS_DATA_IMAGE_SIZE_H_
#define DAGRAD_KERAS_DATA_IMAGE_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras::data_internal {

struct NewSize {
  int64_t height = 0, width = 0;
  std::string interpolation = "bilinear";
  bool crop_to_aspect_ratio = false, pad_to_aspect_ratio = false;
};
// uint8 [h, w, channels], none of them 0, as float32 [height, width, channels].
absl::StatusOr<Tensor> Resized(const Tensor& image, const NewSize& size);

}  // namespace dagrad::keras::data_internal

#endif  // DAGRAD_KERAS_DATA_IMAGE_SIZE_H_
