#ifndef DAGRAD_KERAS_LAYERS_CORE_H_
#define DAGRAD_KERAS_LAYERS_CORE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Keras's core layers. layers.h says what holds for all.
namespace dagrad::keras {

struct DenseOptions {
  std::string activation = {};  // "" or "linear": none
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = activation(x · kernel + bias) over the last axis: [batch, …, in] to [batch, …, units]. kernel
// [in, units], bias [units].
Layer Dense(int64_t units, DenseOptions options = {},
            SourceLocation location = SourceLocation::Current());

struct EinsumDenseOptions {
  std::string activation = {};
  std::string bias_axes = {};  // letters of the result that the bias has; none: no bias
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = activation(einsum(equation, x, kernel) + bias), as "abc,cd->abd" or "...x,xy->...y".
// `output_shape` is that of the result without the batch and without the axes of "..."; -1 stands
// for an axis that is taken from the input. The kernel has the axes that the equation gives it. The
// bias has those of the result from the first of bias_axes on, 1 where a letter is not among them.
Layer EinsumDense(std::string equation, Dims output_shape, EinsumDenseOptions options = {},
                  SourceLocation location = SourceLocation::Current());

struct EmbeddingOptions {
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;  // the result has the mask x ≠ 0: 0 is padding
  Regularizer activity_regularizer = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y[…, i] = embeddings[x[…], i]: [batch, …] to [batch, …, output_dim], with embeddings [input_dim,
// output_dim]. x of any integer or float dtype; floats are rounded toward zero. The result is
// float32 (float64 for x of float64). An index outside [-input_dim, input_dim) is an error of the
// run; negative ones count from the end.
Layer Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {},
                SourceLocation location = SourceLocation::Current());

struct MaskingOptions {
  double mask_value = 0;
  InputShape input_shape = {};
  std::string name = {};
};
// Gives [batch, steps, …, features] a mask: false, padding, where all features are mask_value,
// which become 0. NaN is refused.
Layer Masking(MaskingOptions options = {}, SourceLocation location = SourceLocation::Current());

Layer Activation(std::string activation, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());

// y = x. Any dtype.
Layer Identity(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

struct LambdaOptions {
  // The mask of the result, of inputs and their masks (Value() where an input has none). Without it
  // masks are refused, as by other layers that do not know what to do with them.
  std::function<Value(absl::Span<const Value> inputs, absl::Span<const Value> masks)> mask = {};
  InputShape input_shape = {};
  std::string name = {};
};
// y = function(x). It has no weights: a class of your own, derived from LayerImpl, may have some.
// Keras's output_shape is found by calling the function, its arguments are what a C++ lambda
// captures.
//   Lambda({"double", [](absl::Span<const Value> x, bool) { return x[0] * 2.0; }})
Layer Lambda(LambdaFunction function, LambdaOptions options = {},
             SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_CORE_H_
