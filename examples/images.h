#ifndef DAGRAD_EXAMPLES_IMAGES_H_
#define DAGRAD_EXAMPLES_IMAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::examples {

// Images of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): pixels as float32 [n, 28, 28, 1] in [0,
// 1], labels uint8 [n] from 0 to 9 (T-shirt, trousers, pullover, dress, coat, sandal, shirt,
// sneaker, bag, boot).
struct Images {
  Tensor pixels;
  Tensor labels;
};

// The first `count` (0: all) of a part, "train" or "t10k", from the folder of the IDX files.
absl::StatusOr<Images> ReadImages(const std::string& folder, const std::string& part,
                                  int64_t count = 0);

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_IMAGES_H_
