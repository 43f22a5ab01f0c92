#ifndef DAGRAD_GRAPH_OR_EXIT_H_
#define DAGRAD_GRAPH_OR_EXIT_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dagrad {

// For programs that end at their first error: the value, or the error is printed to stderr and the
// program ends with exit status 1.
//
//   const Tensor y = OrExit(model.Predict(x));
//
// What is called by others passes the status on instead (status_macros.h).
void OrExit(const absl::Status& status);

template <typename T>
T OrExit(absl::StatusOr<T> result) {
  OrExit(result.status());
  return *std::move(result);
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_OR_EXIT_H_
