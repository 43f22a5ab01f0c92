#ifndef DAGRAD_KERAS_LAYERS_ADAPTABLE_H_
#define DAGRAD_KERAS_LAYERS_ADAPTABLE_H_

#include "absl/status/status.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras::layers_internal {

// A layer that Adapt() takes derives from this, too.
class Adaptable {
 public:
  virtual ~Adaptable() = default;
  virtual absl::Status Adapt(const Tensor& data) = 0;
};

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_ADAPTABLE_H_
