#ifndef DAGRAD_KERAS_LAYERS_NORMALIZATION_H_
#define DAGRAD_KERAS_LAYERS_NORMALIZATION_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Normalizations. layers.h says what holds for all.
namespace dagrad::keras {

struct BatchNormalizationOptions {
  int64_t axis = -1;  // that of the channels, not the batch's
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta per channel; mean and (biased) variance
// of the batch in training, which also moves the moving ones: m ← momentum m + (1 - momentum)
// m_batch; the moving ones otherwise, and where the layer's trainable is false. With a mask, which
// has one dimension less than x, they are those of what is not padding; the axis must be the last
// one then. Another axis costs two transpositions. Source: Ioffe & Szegedy 2015.
Layer BatchNormalization(BatchNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct LayerNormalizationOptions {
  Axes axis = -1;  // one or several, not the batch's: {1, 2}
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each example
// over the axes. gamma and beta have the sizes of the axes, in the order of x's. Axes that are not
// the last ones cost two transpositions. Source: Ba, Kiros & Hinton 2016.
Layer LayerNormalization(LayerNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct UnitNormalizationOptions {
  int64_t axis = -1;  // other than the batch's
  InputShape input_shape = {};
  std::string name = {};
};
// x / max(|x|, 1e-12), |x| being the Euclidean norm along the axis.
Layer UnitNormalization(UnitNormalizationOptions options = {},
                        SourceLocation location = SourceLocation::Current());

struct RMSNormalizationOptions {
  int64_t axis = -1;  // the last one; others are refused
  double epsilon = 1e-6;
  InputShape input_shape = {};
  std::string name = {};
};
// x / sqrt(mean x² + epsilon) · scale, the mean over the last axis, scale [its size], ones at
// first. Source: Zhang & Sennrich 2019.
Layer RMSNormalization(RMSNormalizationOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct GroupNormalizationOptions {
  int64_t groups = 32;  // a divisor of the axis' size; -1: one a channel
  int64_t axis = -1;    // that of the channels; other than the batch's
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, over each group of neighbouring channels
// of an example, at all its positions; gamma and beta [channels]. Source: Wu & He 2018.
Layer GroupNormalization(GroupNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_NORMALIZATION_H_
