#ifndef DAGRAD_TESTS_KERAS_GOLDEN_LAYER_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_LAYER_H_

#include <string>

#include "absl/status/status.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/models/custom_objects.h"

namespace dagrad::keras_parity {

// The functions of Lambda's cases; golden_layers.py has the same.
const keras::CustomObjects& GoldenFunctions();

// Whether the layer that the registry makes of this class and the case's "config" gives the case's
// results, masks, gradients and new values of weights.
absl::Status CheckLayer(const std::string& class_name, const Json& golden);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_LAYER_H_
