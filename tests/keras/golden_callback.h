#ifndef DAGRAD_TESTS_KERAS_GOLDEN_CALLBACK_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_CALLBACK_H_

#include <string>

#include "absl/status/status.h"
#include "dagrad/graph/json.h"

namespace dagrad::keras_parity {

// Whether the case's training with this callback has Keras's history, last weights and files, and
// shows as many epochs.
absl::Status CheckCallback(const std::string& class_name, const Json& golden);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_CALLBACK_H_
