#ifndef DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_
#define DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_

#include <string>

#include "absl/status/status.h"

namespace dagrad::tests {

// Takes a model's file, .pb or .pbtxt, through all that dagrad does with one: the commands show,
// check, dot and optimize; reading, validation, writing and reading again in binary and in text;
// every function compiled, with fast and reference kernels, planned and run twice, its symbols 2
// and then 0, on feeds and states of small numbers. The first error that dagrad gives. Internal is
// what never must be: that of dagrad itself, an error without words, a file that cannot be read
// again or comes back otherwise, a byte written outside its buffer.
absl::Status WalkModel(const std::string& path);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_MODEL_WALK_H_
