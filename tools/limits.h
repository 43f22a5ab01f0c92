#ifndef DAGRAD_TOOLS_LIMITS_H_
#define DAGRAD_TOOLS_LIMITS_H_

#include <chrono>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::tools {

// "1000", "64K", "512M", "2G", "1T": powers of 1024, in either case, with "B" or "iB" behind or
// not. Above 0. A UsageError that names `option` otherwise.
absl::StatusOr<int64_t> ReadSize(absl::string_view option, absl::string_view text);

// "500ms", "10s", "1.5s", "2m", "1h"; a number alone is of seconds. Above 0. A UsageError that
// names `option` otherwise.
absl::StatusOr<std::chrono::nanoseconds> ReadDuration(absl::string_view option,
                                                      absl::string_view text);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_LIMITS_H_
