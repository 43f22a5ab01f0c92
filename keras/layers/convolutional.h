#ifndef DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_
#define DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Convolutions. layers.h says what holds for all.
namespace dagrad::keras {

struct Conv2DOptions {
  Size2D strides = 1;
  std::string padding =
      "valid";  // or "same": output size ceil(input / stride), the odd row of zeros at the end
  Size2D dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Cross-correlation with kernel [height, width, in/groups, filters], then bias [filters] and
// activation.
Layer Conv2D(int64_t filters, Size2D kernel_size, Conv2DOptions options = {},
             SourceLocation location = SourceLocation::Current());

struct Conv1DOptions {
  int64_t strides = 1;
  std::string padding = "valid";  // "same", or "causal": zeros before the first step only
  int64_t dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// The same over steps: [batch, steps, channels] to [batch, out steps, filters], with kernel [size,
// in/groups, filters]. With "causal" no step depends on later ones.
Layer Conv1D(int64_t filters, int64_t kernel_size, Conv1DOptions options = {},
             SourceLocation location = SourceLocation::Current());

struct DepthwiseConv2DOptions {
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  int64_t depth_multiplier = 1;
  Size2D dilation_rate = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, bias_regularizer = {};
  Constraint depthwise_constraint = {}, bias_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Each channel by filters of its own: result channel c · depth_multiplier + m is channel c
// convolved with kernel[:, :, c, m]; kernel [height, width, in, depth_multiplier].
Layer DepthwiseConv2D(Size2D kernel_size, DepthwiseConv2DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct SeparableConv2DOptions {
  Size2D strides = 1;
  std::string padding = "valid";  // or "same"
  Size2D dilation_rate = 1;
  int64_t depth_multiplier = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, pointwise_regularizer = {}, bias_regularizer = {};
  Constraint depthwise_constraint = {}, pointwise_constraint = {}, bias_constraint = {};
  InputShape input_shape = {};
  std::string name = {};
};
// DepthwiseConv2D without bias, by depthwise_kernel, then a convolution with pointwise_kernel [1,
// 1, in · depth_multiplier, filters], bias and activation.
Layer SeparableConv2D(int64_t filters, Size2D kernel_size, SeparableConv2DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_
