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
  // Draws depend on this seed, too; without it on the model's alone.
  std::optional<int64_t> seed = {};
  InputShape input_shape = {};
  std::string name = {};
};
// In training each element is 0 with probability `rate`, else multiplied by 1/(1 - rate). Otherwise
// the identity.
Layer Dropout(double rate, DropoutOptions options = {},
              SourceLocation location = SourceLocation::Current());

// Dropout of whole channels of [batch, steps, c], of [batch, h, w, c], or of [batch, d, h, w, c]:
// all steps, pixels or voxels of one alike. Source: Tompson et al. 2015.
Layer SpatialDropout1D(double rate, DropoutOptions options = {},
                       SourceLocation location = SourceLocation::Current());
Layer SpatialDropout2D(double rate, DropoutOptions options = {},
                       SourceLocation location = SourceLocation::Current());
Layer SpatialDropout3D(double rate, DropoutOptions options = {},
                       SourceLocation location = SourceLocation::Current());

// In training x + n, n normal with mean 0 and this standard deviation, in [0, 1]; else the
// identity.
Layer GaussianNoise(double stddev, DropoutOptions options = {},
                    SourceLocation location = SourceLocation::Current());
// In training x n, n normal with mean 1 and standard deviation sqrt(rate / (1 - rate)); else the
// identity. Source: Srivastava et al. 2014.
Layer GaussianDropout(double rate, DropoutOptions options = {},
                      SourceLocation location = SourceLocation::Current());
// In training a k + b, k being x with probability 1 - rate, else s = -1.7580993408473766 (the least
// that selu gives), a = 1 / sqrt((1 - rate)(1 + rate s²)) and b = -a s rate: what has mean 0 and
// variance 1 keeps them. Else the identity. Source: Klambauer et al. 2017.
Layer AlphaDropout(double rate, DropoutOptions options = {},
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
