#ifndef DAGRAD_KERAS_LAYERS_ACTIVATION_H_
#define DAGRAD_KERAS_LAYERS_ACTIVATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Activations that are layers. layers.h says what holds for all.
namespace dagrad::keras {

struct ReLUOptions {
  std::optional<double> max_value = {};  // none: unbounded
  double negative_slope = 0;
  double threshold = 0;
  InputShape input_shape = {};
  std::string name = {};
};
// min(x, max_value) where x > threshold, else negative_slope (x - threshold).
Layer ReLU(ReLUOptions options = {}, SourceLocation location = SourceLocation::Current());

struct SoftmaxOptions {
  int64_t axis = -1;
  InputShape input_shape = {};
  std::string name = {};
};
// exp(x) / Σ exp(x), summed along the axis. A mask must broadcast to x: what it leaves out is 0,
// and not summed.
Layer Softmax(SoftmaxOptions options = {}, SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_ACTIVATION_H_
