#ifndef DAGRAD_BENCHMARKS_PROCESS_MEMORY_H_
#define DAGRAD_BENCHMARKS_PROCESS_MEMORY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dagrad::benchmarks {

// Of this process, in bytes, as Linux counts it in /proc/self/status.
absl::StatusOr<int64_t> ResidentBytes();      // VmRSS
absl::StatusOr<int64_t> PeakResidentBytes();  // VmHWM
// From now on the peak is that of what follows.
absl::Status ResetPeakResidentBytes();

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_PROCESS_MEMORY_H_
