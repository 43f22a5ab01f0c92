#ifndef DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_
#define DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Convolutions. layers.h says what holds for all.
namespace dagrad::keras {

struct Conv2DOptions {
  Size2D strides = 1;
  // Or "same": output size ceil(input / stride), the odd row of zeros at the end.
  std::string padding = "valid";
  Size2D dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
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
  Regularizer activity_regularizer = {};
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
  Regularizer activity_regularizer = {};
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
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// DepthwiseConv2D without bias, by depthwise_kernel, then a convolution with pointwise_kernel [1,
// 1, in · depth_multiplier, filters], bias and activation.
Layer SeparableConv2D(int64_t filters, Size2D kernel_size, SeparableConv2DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

// The same over steps: [batch, steps, channels], with kernel [size, in, depth_multiplier].
struct DepthwiseConv1DOptions {
  int64_t strides = 1;
  std::string padding = "valid";  // or "same"
  int64_t depth_multiplier = 1;
  int64_t dilation_rate = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, bias_regularizer = {};
  Constraint depthwise_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
Layer DepthwiseConv1D(int64_t kernel_size, DepthwiseConv1DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

// SeparableConv2D over steps; its kernels have one axis of the window.
struct SeparableConv1DOptions {
  int64_t strides = 1;
  std::string padding = "valid";  // or "same"
  int64_t dilation_rate = 1;
  int64_t depth_multiplier = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {}, pointwise_regularizer = {}, bias_regularizer = {};
  Constraint depthwise_constraint = {}, pointwise_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
Layer SeparableConv1D(int64_t filters, int64_t kernel_size, SeparableConv1DOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct Conv2DTransposeOptions {
  Size2D strides = 1;
  std::string padding = "valid";              // or "same"
  std::optional<Size2D> output_padding = {};  // each less than its stride
  Size2D dilation_rate = 1;                   // other than 1 only with strides of 1
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Transposed convolution: what Conv2D from the result's shape gives back to its input, then bias
// and activation. kernel [height, width, filters, in]. With k = (kernel_size - 1) · dilation + 1 a
// size n becomes, for stride s and output_padding p,
//   "valid": (n - 1) s + k + p, without p (n - 1) s + max(k, s);
//   "same":  (n - 1) s + k mod 2 + p, without p n s.
// Source: Zeiler et al. 2010.
Layer Conv2DTranspose(int64_t filters, Size2D kernel_size, Conv2DTransposeOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct Conv1DTransposeOptions {
  int64_t strides = 1;
  std::string padding = "valid";               // or "same"
  std::optional<int64_t> output_padding = {};  // less than the stride
  int64_t dilation_rate = 1;                   // other than 1 only with a stride of 1
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// The same over steps, with kernel [size, filters, in].
Layer Conv1DTranspose(int64_t filters, int64_t kernel_size, Conv1DTransposeOptions options = {},
                      SourceLocation location = SourceLocation::Current());

struct Conv3DOptions {
  Size3D strides = 1;
  std::string padding = "valid";  // or "same"
  Size3D dilation_rate = 1;
  int64_t groups = 1;
  std::string activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// Conv2D over volumes [batch, depth, height, width, channels], with kernel [depth, height, width,
// in/groups, filters].
Layer Conv3D(int64_t filters, Size3D kernel_size, Conv3DOptions options = {},
             SourceLocation location = SourceLocation::Current());

// Keras's other names of these.
inline Layer Convolution1D(int64_t filters, int64_t kernel_size, Conv1DOptions options = {},
                           SourceLocation location = SourceLocation::Current()) {
  return Conv1D(filters, kernel_size, std::move(options), location);
}
inline Layer Convolution2D(int64_t filters, Size2D kernel_size, Conv2DOptions options = {},
                           SourceLocation location = SourceLocation::Current()) {
  return Conv2D(filters, kernel_size, std::move(options), location);
}
inline Layer Convolution3D(int64_t filters, Size3D kernel_size, Conv3DOptions options = {},
                           SourceLocation location = SourceLocation::Current()) {
  return Conv3D(filters, kernel_size, std::move(options), location);
}
inline Layer Convolution1DTranspose(int64_t filters, int64_t kernel_size,
                                    Conv1DTransposeOptions options = {},
                                    SourceLocation location = SourceLocation::Current()) {
  return Conv1DTranspose(filters, kernel_size, std::move(options), location);
}
inline Layer Convolution2DTranspose(int64_t filters, Size2D kernel_size,
                                    Conv2DTransposeOptions options = {},
                                    SourceLocation location = SourceLocation::Current()) {
  return Conv2DTranspose(filters, kernel_size, std::move(options), location);
}
inline Layer SeparableConvolution1D(int64_t filters, int64_t kernel_size,
                                    SeparableConv1DOptions options = {},
                                    SourceLocation location = SourceLocation::Current()) {
  return SeparableConv1D(filters, kernel_size, std::move(options), location);
}
inline Layer SeparableConvolution2D(int64_t filters, Size2D kernel_size,
                                    SeparableConv2DOptions options = {},
                                    SourceLocation location = SourceLocation::Current()) {
  return SeparableConv2D(filters, kernel_size, std::move(options), location);
}

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_CONVOLUTIONAL_H_
