#ifndef DAGRAD_IO_FILE_H_
#define DAGRAD_IO_FILE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/io/file_system.h"

namespace dagrad::io {

// Files as the rest of io/ reads them. Every error names the path and says what the system said:
// NotFound, PermissionDenied, InvalidArgument (a directory, a pipe, a device, a part of the path
// that is no directory), ResourceExhausted (disk full, quota, larger than allowed), Unavailable
// otherwise. Thread-safe, but for a reader, which one thread uses.

// The status that `error`, a value of errno, means for `path`: "cannot open titanic/model.pb: No
// such file or directory".
absl::Status ErrnoStatus(int error, absl::string_view verb, absl::string_view path);

// Closes a file descriptor at the end of its life.
class Descriptor {
 public:
  Descriptor(int fd, FileSystem* fs) : fd_(fd), fs_(fs) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)), fs_(other.fs_) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Closes now, for the sake of the result: 0 or -errno.
  int Close() { return fd_ < 0 ? 0 : fs_->Close(std::exchange(fd_, -1)); }

 private:
  int fd_;
  FileSystem* fs_;
};

// FileSystem::Open, tried again after EINTR; an error says that `verb` cannot be done to `path`.
absl::StatusOr<Descriptor> OpenFile(const std::string& path, int flags, mode_t mode,
                                    absl::string_view verb, FileSystem& fs);

struct OpenOptions {
  bool follow_symlinks = true;  // of the last part of the path
};

// Bytes one after the other. A copy is what comes out of it: whatever happens to the file later
// changes nothing of what has been read.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // Fills `out`; DataLoss if the bytes end before.
  virtual absl::Status Read(char* out, size_t size) = 0;
  // How many bytes are left, as far as is known.
  virtual size_t left() const = 0;
};

class MemoryReader : public ByteReader {
 public:
  explicit MemoryReader(absl::string_view bytes) : rest_(bytes) {}
  absl::Status Read(char* out, size_t size) override;
  size_t left() const override { return rest_.size(); }

 private:
  absl::string_view rest_;
};

// A regular file. If another program cuts it meanwhile, Read gives DataLoss; what it appends is not
// seen.
class FileReader : public ByteReader {
 public:
  static absl::StatusOr<FileReader> Open(const std::string& path, OpenOptions options = {});
  absl::Status Read(char* out, size_t size) override;
  size_t left() const override { return left_; }

 private:
  FileReader(Descriptor file, size_t size) : file_(std::move(file)), left_(size) {}
  Descriptor file_;
  size_t left_;
};

// All bytes of a regular file of at most `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes,
                                     FileSystem& fs = FileSystem::Posix());
// The same, of as many as `budget` has left too, which takes them until `lease` goes.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes,
                                     const Budget& budget, Budget::Lease* lease);

// A regular file in memory, without reading what is not used: pages are read as they are touched,
// and shared by all processes that map the file. The memory may be written; the file does not
// change by that.
//
// What this costs, which a FileReader does not: while it lives, nobody may change the file in
// place. One that is overwritten changes the mapped bytes, one that is cut ends the process
// (SIGBUS) when a page of it is touched. A file that is replaced, as WriteFile does it, may be.
class MappedFile {
 public:
  static absl::StatusOr<std::shared_ptr<MappedFile>> Open(const std::string& path,
                                                          OpenOptions options = {});
  // A file in `directory` or below it whose name `location` comes from a file that is not trusted:
  // parts between single slashes, behind any number of "./". InvalidArgument for one that is empty,
  // ".", "..", has a NUL or a backslash, or is longer than a file's name may be. Links are followed
  // only to files that stand in `directory`, or in `other`, or below, and what becomes a link
  // meanwhile is not; elsewhere PermissionDenied, as for a file that has a second name (hard link),
  // which may stand outside. `other`, if given, is a canonical path (std::filesystem::canonical);
  // what is not in `directory` is looked for there.
  static absl::StatusOr<std::shared_ptr<MappedFile>> OpenInside(const std::string& directory,
                                                                absl::string_view location,
                                                                const std::string& other = "");
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  char* data() { return data_; }  // aligned to a page; null if empty
  size_t size() const { return size_; }
  absl::string_view bytes() const { return absl::string_view(data_, size_); }

 private:
  MappedFile(char* data, size_t size) : data_(data), size_(size) {}
  // Of the whole file.
  static absl::StatusOr<std::shared_ptr<MappedFile>> Map(int fd, size_t size,
                                                         absl::string_view path);
  char* data_;
  size_t size_;
};

}  // namespace dagrad::io

#endif  // DAGRAD_IO_FILE_H_
