#ifndef DAGRAD_TESTS_HOSTILE_CHILD_H_
#define DAGRAD_TESTS_HOSTILE_CHILD_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace dagrad::tests {

// What a child may take before the system ends it. The limits stop what has gone wrong; what is
// right is checked on the report, and takes far less. Under a sanitizer, address space is not
// limited.
struct ChildLimits {
  int cpu_seconds = 10;
  int64_t address_space_bytes = int64_t{4} << 30;
};

// How a child ended and what it took.
struct ChildReport {
  int signal = 0;       // that ended it; 0: it gave `status`
  absl::Status status;  // the function's; Internal if the child left without one
  double user_seconds = 0;
  int64_t peak_bytes = 0;  // of resident memory

  // "RESOURCE_EXHAUSTED: …", or "ended by signal 11 (Segmentation fault)".
  std::string ToString() const;
};

// Runs `f` in a child of its own, on a fork of this process: it may die without harm. To be called
// before this process has threads.
ChildReport RunInChild(absl::FunctionRef<absl::Status()> f, const ChildLimits& limits = {});

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_CHILD_H_
