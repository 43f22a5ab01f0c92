#ifndef DAGRAD_KERAS_LAYERS_ACTIVATION_H_
#define DAGRAD_KERAS_LAYERS_ACTIVATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
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

struct LeakyReLUOptions {
  double negative_slope = 0.3;  // 0 or more
  InputShape input_shape = {};
  std::string name = {};
};
// x where x > 0, else negative_slope x. Source: Maas, Hannun & Ng 2013.
Layer LeakyReLU(LeakyReLUOptions options = {}, SourceLocation location = SourceLocation::Current());

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  // Axes, counted from 1 (0 is the batch's), along which there is one alpha for all elements.
  std::optional<Dims> shared_axes = {};
  InputShape input_shape = {};
  std::string name = {};
};
// x where x > 0, else alpha x, with a weight alpha of the input's shape without the batch, 1 along
// shared axes. Source: He et al. 2015.
Layer PReLU(PReLUOptions options = {}, SourceLocation location = SourceLocation::Current());

struct ELUOptions {
  double alpha = 1;
  InputShape input_shape = {};
  std::string name = {};
};
// x where x > 0, else alpha (e^x - 1). Source: Clevert, Unterthiner & Hochreiter 2015.
Layer ELU(ELUOptions options = {}, SourceLocation location = SourceLocation::Current());

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
