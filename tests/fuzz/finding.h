#ifndef DAGRAD_TESTS_FUZZ_FINDING_H_
#define DAGRAD_TESTS_FUZZ_FINDING_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"

namespace dagrad::tests {

// Says what promise is broken and ends the process: the fuzzer keeps the input.
[[noreturn]] void Finding(absl::string_view what);

// A finding if `status` is what never must be: Internal after CheckedAnswer (model_walk.h).
void CheckAnswer(const absl::Status& status);

// What one input may take: 256 MiB and, from now on, 10 seconds. The fuzzer's own limits are above
// these.
Budget InputBudget();

// A hash of `bytes` that is the same on every machine: what follows from an input follows from it
// alone.
uint64_t SeedOf(absl::string_view bytes);

// A file of this process in memory-backed storage, overwritten by every call; for readers that take
// paths only. `name` is a plain file name.
std::string FileWith(absl::string_view name, absl::string_view bytes);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_FINDING_H_
