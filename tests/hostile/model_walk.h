#ifndef DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_
#define DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"

namespace dagrad::tests {

// Walks take a model through all that dagrad does with one and give the first error that dagrad
// gives. Internal is what never must be: that of dagrad itself, and what CheckedAnswer and each
// walk say.

// `status`, or Internal where it is an error without words, or with words that a terminal would
// obey.
absl::Status CheckedAnswer(const absl::Status& status);

// The commands show, check, dot and optimize on a model's file, .pb or .pbtxt.
absl::Status WalkCommands(const std::string& path);

enum class ModelFormat { kBinary, kText };

// The bytes of a model's file: reading, validation, writing and reading again in binary and in
// text, and every function through WalkFunction, within `budget`. Internal: a model that is read
// but not valid, cannot be read again or comes back otherwise.
absl::Status WalkBytes(absl::string_view bytes, ModelFormat format, uint64_t seed,
                       const Budget& budget = {});

// A file through WalkCommands, and through WalkBytes with some seeds.
absl::Status WalkModel(const std::string& path);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_
