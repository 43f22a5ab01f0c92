#ifndef DAGRAD_KERAS_LAYERS_LAYERS_H_
#define DAGRAD_KERAS_LAYERS_LAYERS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/keras/layer.h"

// Keras's layers. Options have Keras's names and defaults. Images are channels-last: [batch,
// height, width, channels]. A layer checks its options when it meets its first input; errors name
// the layer and the line that made it. `input_shape` (without batch) is for the first layer of a
// Sequential. All layers keep the dtype of their input, which is a float dtype, except where noted.
// Source of semantics and defaults: Keras 3.
namespace dagrad::keras {

struct DenseOptions {
  std::string activation = {};  // "" or "linear": none
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// y = activation(x · kernel + bias) over the last axis: [batch, …, in] to [batch, …, units]. kernel
// [in, units], bias [units].
Layer Dense(int64_t units, DenseOptions options = {},
            SourceLocation location = SourceLocation::Current());

// An int stands for both directions: .kernel_size of 3 is {3, 3}.
struct Size2D {
  int64_t height = 1;
  int64_t width = 1;
  Size2D(int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  Size2D(int both) : height(both), width(both) {}      // NOLINT(google-explicit-constructor)
  Size2D(int64_t h, int64_t w) : height(h), width(w) {}
};

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
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// Cross-correlation with kernel [height, width, in/groups, filters], then bias [filters] and
// activation.
Layer Conv2D(int64_t filters, Size2D kernel_size, Conv2DOptions options = {},
             SourceLocation location = SourceLocation::Current());

struct Pooling2DOptions {
  std::optional<Size2D> strides = {};  // as the pool
  std::string padding = "valid";       // or "same"
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// The largest, or the mean (of the elements inside the image), of each window of each channel.
Layer MaxPooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                   SourceLocation location = SourceLocation::Current());
Layer AveragePooling2D(Size2D pool_size = 2, Pooling2DOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct GlobalPooling2DOptions {
  bool keepdims = false;
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// Mean over height and width: [batch, h, w, c] to [batch, c], or [batch, 1, 1, c] with keepdims.
Layer GlobalAveragePooling2D(GlobalPooling2DOptions options = {},
                             SourceLocation location = SourceLocation::Current());

struct LayerOptions {
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// [batch, …] to [batch, product]. Any dtype.
Layer Flatten(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
// [batch, …] to [batch, target_shape…]; one entry may be -1. Any dtype.
Layer Reshape(Dims target_shape, LayerOptions options = {},
              SourceLocation location = SourceLocation::Current());
Layer Activation(std::string activation, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());

struct DropoutOptions {
  std::optional<int64_t> seed =
      {};  // draws that depend on this seed too; without it on the model's alone
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// In training each element is 0 with probability `rate`, else multiplied by 1/(1 - rate). Otherwise
// the identity.
Layer Dropout(double rate, DropoutOptions options = {},
              SourceLocation location = SourceLocation::Current());

struct BatchNormalizationOptions {
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta per last axis; mean and (biased) variance
// of the batch in training, which also moves the moving ones: m ← momentum m + (1 - momentum)
// m_batch; the moving ones otherwise, and where the layer's trainable is false. Source: Ioffe &
// Szegedy 2015.
Layer BatchNormalization(BatchNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

struct LayerNormalizationOptions {
  int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  std::optional<Dims> input_shape = {};
  std::string name = {};
};
// y = gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axis of each example; other
// axes are refused. Source: Ba, Kiros & Hinton 2016.
Layer LayerNormalization(LayerNormalizationOptions options = {},
                         SourceLocation location = SourceLocation::Current());

// Sum of two or more tensors of the same shape.
Layer Add(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

struct ConcatenateOptions {
  int64_t axis = -1;
  std::string name = {};
};
// Joins two or more tensors along an axis other than the batch's.
Layer Concatenate(ConcatenateOptions options = {},
                  SourceLocation location = SourceLocation::Current());

// Makes the layer of Keras's class name from the options that Config() gave. InvalidArgument for an
// unknown class or a bad description.
absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const nlohmann::json& config);
// Keras's class names of all layers, sorted.
std::vector<std::string> LayerClassNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_LAYERS_H_
