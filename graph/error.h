#ifndef DAGRAD_GRAPH_ERROR_H_
#define DAGRAD_GRAPH_ERROR_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Every error of dagrad is made here; tools/lint refuses absl's own makers.
//
// A message quotes what a file, a data set or a caller said: names, texts of attributes, paths.
// None of that may reach a terminal or a log as it is, where an escape sequence, a line break or a
// change of the direction of writing would make it say something else. So each message passes
// through Printable (name.h), which leaves harmless text, line breaks excepted, as it is. What is
// printable stays so: a message may be made of parts that have passed through it.
namespace dagrad {

inline constexpr size_t kMaxMessageBytes = 8192;  // longer ones are cut, and end in "…"

// The error `code` with `message`; OK, without it, if `code` is OK.
absl::Status MakeStatus(absl::StatusCode code, absl::string_view message);

// `status` with "`prefix`: " before its message; OK stays OK.
absl::Status Prefixed(absl::string_view prefix, const absl::Status& status);

absl::Status AlreadyExistsError(absl::string_view message);
absl::Status CancelledError(absl::string_view message);
absl::Status DataLossError(absl::string_view message);
absl::Status DeadlineExceededError(absl::string_view message);
absl::Status FailedPreconditionError(absl::string_view message);
absl::Status InternalError(absl::string_view message);
absl::Status InvalidArgumentError(absl::string_view message);
absl::Status NotFoundError(absl::string_view message);
absl::Status OutOfRangeError(absl::string_view message);
absl::Status PermissionDeniedError(absl::string_view message);
absl::Status ResourceExhaustedError(absl::string_view message);
absl::Status UnavailableError(absl::string_view message);
absl::Status UnimplementedError(absl::string_view message);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ERROR_H_
