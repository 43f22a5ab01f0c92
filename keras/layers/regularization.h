#ifndef DAGRAD_KERAS_LAYERS_REGULARIZATION_H_
#define DAGRAD_KERAS_LAYERS_REGULARIZATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers that keep a model from learning its examples by heart. layers.h says what holds for all.
namespace dagrad::keras {

struct DropoutOptions {
  std::optional<int64_t> seed =
      {};  // draws that depend on this seed too; without it on the model's alone
  InputShape input_shape = {};
  std::string name = {};
};
// In training each element is 0 with probability `rate`, else multiplied by 1/(1 - rate). Otherwise
// the identity.
Layer Dropout(double rate, DropoutOptions options = {},
              SourceLocation location = SourceLocation::Current());

struct ActivityRegularizationOptions {
  double l1 = 0;
  double l2 = 0;
  InputShape input_shape = {};
  std::string name = {};
};
// The identity, which adds (l1 Σ |x| + l2 Σ x²) / batch to the loss.
Layer ActivityRegularization(ActivityRegularizationOptions options = {},
                             SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_REGULARIZATION_H_
