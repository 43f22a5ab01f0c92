#include "dagrad/graph/error.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"

namespace dagrad {

absl::Status MakeStatus(absl::StatusCode code, absl::string_view message) {
  return absl::Status(code, Printable(message, kMaxMessageBytes));
}

absl::Status Prefixed(absl::string_view prefix, const absl::Status& status) {
  if (status.ok()) return status;
  return MakeStatus(status.code(), absl::StrCat(prefix, ": ", status.message()));
}

absl::Status AlreadyExistsError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kAlreadyExists, message);
}

absl::Status CancelledError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kCancelled, message);
}

absl::Status DataLossError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kDataLoss, message);
}

absl::Status DeadlineExceededError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, message);
}

absl::Status FailedPreconditionError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, message);
}

absl::Status InternalError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kInternal, message);
}

absl::Status InvalidArgumentError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, message);
}

absl::Status NotFoundError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kNotFound, message);
}

absl::Status OutOfRangeError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kOutOfRange, message);
}

absl::Status PermissionDeniedError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kPermissionDenied, message);
}

absl::Status ResourceExhaustedError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, message);
}

absl::Status UnavailableError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kUnavailable, message);
}

absl::Status UnimplementedError(absl::string_view message) {
  return MakeStatus(absl::StatusCode::kUnimplemented, message);
}

}  // namespace dagrad
