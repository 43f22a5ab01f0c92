#include "dagrad/keras/data/image_size.h"

#include <algorithm>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/resize_weights.h"

namespace dagrad::keras::data_internal {
namespace {

using layers_internal::Box;
using layers_internal::WeightedElements;

// Where the image goes, and how large it becomes, amid zeros.
Box PaddedPlace(int64_t height, int64_t width, const NewSize& size) {
  const float ratio = std::max(static_cast<float>(width) / static_cast<float>(size.width),
                               static_cast<float>(height) / static_cast<float>(size.height));
  Box box;
  const auto fit = [ratio](int64_t n, int64_t most, int64_t* begin, int64_t* length) {
    const float exact = static_cast<float>(n) / ratio;
    *length = std::clamp<int64_t>(static_cast<int64_t>(exact), 1, most);
    *begin = std::clamp<int64_t>(static_cast<int64_t>((static_cast<float>(most) - exact) / 2), 0,
                                 most - *length);
  };
  fit(height, size.height, &box.top, &box.height);
  fit(width, size.width, &box.left, &box.width);
  return box;
}

// Adds weight · from[0, n) to to[0, n).
template <typename T>
void AddScaled(const T* from, int64_t n, float weight, float* to) {
  for (int64_t i = 0; i < n; ++i) to[i] += weight * static_cast<float>(from[i]);
}

}  // namespace

absl::StatusOr<Tensor> Resized(const Tensor& image, const NewSize& size) {
  const int64_t height = image.dims()[0], width = image.dims()[1], channels = image.dims()[2];
  Box from = {0, 0, height, width};
  Box to = {0, 0, size.height, size.width};
  if (size.crop_to_aspect_ratio)
    from = layers_internal::MiddleOf(height, width, size.height, size.width);
  if (size.pad_to_aspect_ratio) to = PaddedPlace(height, width, size);
  const std::vector<WeightedElements> rows =
      layers_internal::ResizedAxis(from.height, to.height, size.interpolation, false);
  const std::vector<WeightedElements> columns =
      layers_internal::ResizedAxis(from.width, to.width, size.interpolation, false);
  DAGRAD_ASSIGN_OR_RETURN(Tensor result,
                          Tensor::Zeros(DType::kFloat32, {size.height, size.width, channels}));
  const uint8_t* const pixels = image.data<uint8_t>().data() + from.left * channels;
  std::vector<float> row(from.width * channels);
  for (int64_t i = 0; i < to.height; ++i) {
    std::fill(row.begin(), row.end(), 0.0f);
    for (size_t k = 0; k < rows[i].weights.size(); ++k) {
      const int64_t line = from.top + rows[i].begin + static_cast<int64_t>(k);
      AddScaled(pixels + line * width * channels, from.width * channels,
                static_cast<float>(rows[i].weights[k]), row.data());
    }
    float* out =
        result.mutable_data<float>().data() + ((to.top + i) * size.width + to.left) * channels;
    for (const WeightedElements& column : columns) {
      for (size_t k = 0; k < column.weights.size(); ++k) {
        AddScaled(row.data() + (column.begin + static_cast<int64_t>(k)) * channels, channels,
                  static_cast<float>(column.weights[k]), out);
      }
      out += channels;
    }
  }
  return result;
}

}  // namespace dagrad::keras::data_internal
