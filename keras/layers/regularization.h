#ifndef DAGRAD_KERAS_LAYERS_REGULARIZATION_H_
#define DAGRAD_KERAS_LAYERS_REGULARIZATION_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers that keep a model from learning its examples by heart. layers.h says what holds for all.
namespace dagrad::keras {

// Of a Dropout's draws: {kNone, 1, kNone} is one for all steps, of each example and feature. kNone
// is the size that the input has there; axes are aligned at the right, and each size is 1 or the
// input's.
struct NoiseShape : std::optional<Dims> {
  using std::optional<Dims>::optional;
  NoiseShape() = default;
  NoiseShape(std::initializer_list<int64_t> sizes) : std::optional<Dims>(Dims(sizes)) {}
};

struct DropoutOptions {
  NoiseShape noise_shape = {};  // that of the input
  // Draws depend on this seed, too; without it on the model's alone.
  std::optional<int64_t> seed = {};
  InputShape input_shape = {};
  std::string name = {};
};
// In training each element is 0 with probability `rate`, in [0, 1], else multiplied by 1/(1 -
// rate). Otherwise the identity.
Layer Dropout(double rate, DropoutOptions options = {},
              SourceLocation location = SourceLocation::Current());

// What follows, but for AlphaDropout, has no shape of its own.
struct NoiseOptions {
  std::optional<int64_t> seed = {};  // as Dropout's
  InputShape input_shape = {};
  std::string name = {};
};
// Dropout of whole channels of [batch, steps, c], of [batch, h, w, c], or of [batch, d, h, w, c]:
// all steps, pixels or voxels of one alike. Source: Tompson et al. 2015.
Layer SpatialDropout1D(double rate, NoiseOptions options = {},
                       SourceLocation location = SourceLocation::Current());
Layer SpatialDropout2D(double rate, NoiseOptions options = {},
                       SourceLocation location = SourceLocation::Current());
Layer SpatialDropout3D(double rate, NoiseOptions options = {},
                       SourceLocation location = SourceLocation::Current());

// In training x + n, n normal with mean 0 and this standard deviation, in [0, 1]; else the
// identity.
Layer GaussianNoise(double stddev, NoiseOptions options = {},
                    SourceLocation location = SourceLocation::Current());
// In training x n, n normal with mean 1 and standard deviation sqrt(rate / (1 - rate)), rate in
// [0, 1); else the identity. Source: Srivastava et al. 2014.
Layer GaussianDropout(double rate, NoiseOptions options = {},
                      SourceLocation location = SourceLocation::Current());
// In training a k + b, k being x with probability 1 - rate, else s = -1.7580993408473766 (the least
// that selu gives), a = 1 / sqrt((1 - rate)(1 + rate s²)) and b = -a s rate, rate in [0, 1): what
// has mean 0 and variance 1 keeps them. Else the identity. Source: Klambauer et al. 2017.
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
