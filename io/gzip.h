#ifndef DAGRAD_IO_GZIP_H_
#define DAGRAD_IO_GZIP_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::io {

// What a gzip file holds (RFC 1952), whole, all its members one after the other. DataLoss for bytes
// that are none, are cut, have a wrong checksum or bytes left over; ResourceExhausted for more than
// `max_bytes`. No more memory is taken than twice what comes out, and deflate's best ratio (1,032)
// of what goes in. Thread-safe.
absl::StatusOr<std::string> ReadGzip(const std::string& path, size_t max_bytes);
absl::StatusOr<std::string> ParseGzip(absl::string_view bytes, size_t max_bytes);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_GZIP_H_
