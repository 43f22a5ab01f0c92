#ifndef DAGRAD_GRAPH_STATUS_MACROS_H_
#define DAGRAD_GRAPH_STATUS_MACROS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the function with the status of `expression` unless it is OK.
#define DAGRAD_RETURN_IF_ERROR(expression)           \
  do {                                               \
    absl::Status dagrad_status_ = (expression);      \
    if (!dagrad_status_.ok()) return dagrad_status_; \
  } while (false)

#define DAGRAD_MACRO_CONCAT_INNER_(a, b) a##b
#define DAGRAD_MACRO_CONCAT_(a, b) DAGRAD_MACRO_CONCAT_INNER_(a, b)
#define DAGRAD_ASSIGN_OR_RETURN_(statusor, lhs, expression) \
  auto statusor = (expression);                             \
  if (!statusor.ok()) return statusor.status();             \
  lhs = *std::move(statusor)

// `DAGRAD_ASSIGN_OR_RETURN(T x, f())`: the value of a StatusOr, or returns its status. Several may
// stand on one line.
#define DAGRAD_ASSIGN_OR_RETURN(lhs, expression) \
  DAGRAD_ASSIGN_OR_RETURN_(DAGRAD_MACRO_CONCAT_(dagrad_statusor_, __COUNTER__), lhs, expression)

#endif  // DAGRAD_GRAPH_STATUS_MACROS_H_
