#ifndef DAGRAD_TESTS_KERAS_GOLDEN_EVENTS_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_EVENTS_H_

#include <string>

#include "absl/status/status.h"
#include "dagrad/graph/json.h"

namespace dagrad::keras_parity {

// Whether the event files in `folder`/train and `folder`/validation have the tags of `expected`,
// these alone, with their steps and values.
absl::Status CheckEvents(const std::string& folder, const Json& expected, double tolerance);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_EVENTS_H_
