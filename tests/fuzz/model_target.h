#ifndef DAGRAD_TESTS_FUZZ_MODEL_TARGET_H_
#define DAGRAD_TESTS_FUZZ_MODEL_TARGET_H_

#include "absl/strings/string_view.h"
#include "dagrad/tests/hostile/model_walk.h"

namespace dagrad::tests {

// A model's file through WalkBytes, one in eight through WalkCommands instead.
void TryModel(absl::string_view bytes, ModelFormat format);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_MODEL_TARGET_H_
