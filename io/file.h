#ifndef DAGRAD_IO_FILE_H_
#define DAGRAD_IO_FILE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dagrad::io {

// Files as the rest of io/ reads and writes them. Every error names the path and says what the
// system said: NotFound, PermissionDenied, InvalidArgument (a directory, a pipe, a device),
// ResourceExhausted (disk full, quota, larger than allowed), Unavailable otherwise. Thread-safe.

// The status that `error`, a value of errno, means for `path`: "cannot open titanic/model.pb: No
// such file or directory".
absl::Status ErrnoStatus(int error, absl::string_view verb, absl::string_view path);

// All bytes of a regular file of at most `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// A regular file in memory, without reading what is not used. The memory may be written; the file
// does not change by that. Pages are read as they are touched, so a file that another program
// shortens meanwhile must not be mapped; one that WriteFile replaces may be.
class MappedFile {
 public:
  struct Options {
    bool follow_symlinks = true;  // of the last part of the path
  };
  static absl::StatusOr<std::shared_ptr<MappedFile>> Open(const std::string& path, Options options);
  static absl::StatusOr<std::shared_ptr<MappedFile>> Open(const std::string& path) {
    return Open(path, Options());
  }
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  char* data() { return data_; }  // aligned to a page; null if empty
  size_t size() const { return size_; }
  absl::string_view bytes() const { return absl::string_view(data_, size_); }

 private:
  MappedFile(char* data, size_t size) : data_(data), size_(size) {}
  char* data_;
  size_t size_;
};

// Writes `parts`, one after the other, as the file `path`, all or nothing: to a temporary file in
// the same directory, whose space is reserved first, which is synced, renamed to `path` and made
// durable by syncing the directory. After an error, a crash or loss of power `path` holds either
// what it held before or all of the new bytes. The temporary file is removed after an error. (If
// syncing the directory fails, the new file stands, but may not outlive a loss of power: also an
// error.)
absl::Status WriteFile(const std::string& path, absl::Span<const absl::string_view> parts);
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

// What WriteFile calls its temporary files: "<path>.tmp.<process>.<number>". Whether `name` is such
// a one for `base`.
bool IsTemporaryOf(absl::string_view name, absl::string_view base);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_FILE_H_
