#ifndef DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_
#define DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"

namespace dagrad::keras {

// Keras's activations by name, with the defaults of their options: linear (also ""), relu, relu6,
// leaky_relu (slope 0.2), elu, celu (alpha 1: the same), selu, gelu, sigmoid, hard_sigmoid,
// log_sigmoid, sparse_sigmoid, tanh, hard_tanh, tanh_shrink, softplus, squareplus (b 4),
// sparse_plus, softsign, silu (also swish), hard_silu (also hard_swish), mish, exponential,
// hard_shrink and soft_shrink (threshold 0.5); over the last axis softmax, log_softmax, glu, which
// halves it, and sparsemax: the nearest point of the probability simplex (Martins & Astudillo
// 2016), in work n² for n elements.

// InvalidArgument, with the known names, for an unknown one.
absl::Status CheckActivation(absl::string_view name);
// The activation of x; for an unknown name the builder's error.
Value Activate(absl::string_view name, Value x);
// x where it is above `threshold`, else `value`. It has no name, as there are no defaults.
Value Threshold(Value x, double threshold, double value);
// All names, sorted.
std::vector<std::string> ActivationNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_
