#ifndef DAGRAD_IO_WRITE_FILE_H_
#define DAGRAD_IO_WRITE_FILE_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/io/file_system.h"

namespace dagrad::io {

// Files as the rest of dagrad writes them. Errors as in io/file.h. Thread-safe. Nothing that is
// written ends the process by a signal (io/write_signals.h).

// Writes `parts`, one after the other, to what `path` means:
//
// - A regular file, or nothing yet: all or nothing. The bytes go to a temporary file in the same
//   directory, whose space is reserved first, which is synced and then renamed; syncing the
//   directory makes that durable. After an error, a crash or loss of power the file holds either
//   what it held before or all of the new bytes. The temporary file is removed after an error. The
//   new file keeps the old one's permissions and, where the system allows it, owner and group; it
//   is another file, so a hard link to the old one keeps the old bytes.
// - A symbolic link: what it leads to is written, in its own directory; the link stays.
// - A pipe, a device, /dev/stdout and the other names of open files: the bytes are written into it,
//   as they come.
//
// If the last step fails, the sync of the directory, the error says that the new file is in force
// but may not outlive a loss of power.
absl::Status WriteFile(const std::string& path, absl::Span<const absl::string_view> parts,
                       FileSystem& fs = FileSystem::Posix());
absl::Status WriteFile(const std::string& path, absl::string_view bytes,
                       FileSystem& fs = FileSystem::Posix());

// The steps of it, for who has more than one file to write.

// Where the bytes of WriteFile go.
struct Destination {
  std::string path;            // links followed
  bool into = false;           // written into what stands there, not replaced
  std::optional<mode_t> mode;  // of the file that is replaced; nothing if there is none
  uid_t user = 0;
  gid_t group = 0;
};
absl::StatusOr<Destination> FindDestination(const std::string& path, FileSystem& fs);
// WriteFile without syncing the directory.
absl::Status WriteTo(const Destination& to, absl::Span<const absl::string_view> parts,
                     FileSystem& fs);
// Makes durable what was made, renamed and removed in the directory of `path`.
absl::Status SyncDirectoryOf(const std::string& path, FileSystem& fs);
// The same for a file that has just been written, with WriteFile's error.
absl::Status SyncWritten(const Destination& written, FileSystem& fs);

// `path`, with symbolic links in place of its last part followed, unless they name open files.
absl::StatusOr<std::string> FollowLinks(const std::string& path, FileSystem& fs);

// What the temporary files are called: "<path>.tmp.<process>.<number>". Whether `name` is such a
// one for `base`.
bool IsTemporaryOf(absl::string_view name, absl::string_view base);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_WRITE_FILE_H_
