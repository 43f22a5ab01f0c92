#include "dagrad/examples/images.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/idx.h"

namespace dagrad::examples {

absl::StatusOr<Images> ReadImages(const std::string& folder, const std::string& part,
                                  int64_t count) {
  DAGRAD_ASSIGN_OR_RETURN(Tensor bytes,
                          io::ReadIdx(absl::StrCat(folder, "/", part, "-images-idx3-ubyte.gz")));
  DAGRAD_ASSIGN_OR_RETURN(Tensor labels,
                          io::ReadIdx(absl::StrCat(folder, "/", part, "-labels-idx1-ubyte.gz")));
  const int64_t all = labels.num_elements(), n = count == 0 ? all : std::min(count, all);
  Images images = {*Tensor::Allocate(DType::kFloat32, {n, 28, 28, 1}),
                   *Tensor::Allocate(DType::kUInt8, {n})};
  const auto from = bytes.data<uint8_t>();
  std::transform(from.begin(), from.begin() + n * 28 * 28,
                 images.pixels.mutable_data<float>().begin(),
                 [](uint8_t pixel) { return static_cast<float>(pixel) / 255; });
  std::copy_n(labels.data<uint8_t>().begin(), n, images.labels.mutable_data<uint8_t>().begin());
  return images;
}

}  // namespace dagrad::examples
