#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"

namespace dagrad {

absl::Status NoMemoryStatus() noexcept {
  try {
    // Made once; a copy counts references only.
    static const auto* const status =
        new absl::Status(ResourceExhaustedError("there is no memory left"));
    return *status;
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");  // without a text: no memory
  }
}

}  // namespace dagrad
