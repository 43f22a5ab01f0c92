#ifndef DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_
#define DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"

namespace dagrad::keras {

// Keras's activations by name: linear (also ""), relu, relu6, leaky_relu (slope 0.2), elu, selu,
// gelu, sigmoid, hard_sigmoid, tanh, softmax and log_softmax (over the last axis), softplus,
// softsign, silu (also swish), mish, exponential.

// InvalidArgument, with the known names, for an unknown one.
absl::Status CheckActivation(absl::string_view name);
// The activation of x; for an unknown name the builder's error.
Value Activate(absl::string_view name, Value x);
// All names, sorted.
std::vector<std::string> ActivationNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_ACTIVATIONS_H_
