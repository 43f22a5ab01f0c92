#ifndef DAGRAD_IO_FILE_SYSTEM_H_
#define DAGRAD_IO_FILE_SYSTEM_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dagrad::io {

// The system calls of which reading, writing, saving and clearing away are made. They all go
// through here, so that a test can record them, make any of them fail, or end the process between
// two of them.
//
// A method gives what its call gives (a descriptor, a number of bytes, 0), or -errno. None of them
// tries again after EINTR or a short write: that is the caller's part. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The system's own.
  static FileSystem& Posix();

  // open(2), with O_CLOEXEC; `mode` is for O_CREAT.
  virtual int Open(const std::string& path, int flags, mode_t mode) = 0;
  virtual int Close(int fd) = 0;
  virtual ssize_t Read(int fd, char* to, size_t size) = 0;
  // A reader that has left gives -EPIPE, a file above the process's limit -EFBIG: the signals that
  // would end the process are kept from it.
  virtual ssize_t Write(int fd, absl::string_view bytes) = 0;
  // posix_fallocate: space for `size` bytes from the beginning, which become the file's size.
  virtual int Reserve(int fd, int64_t size) = 0;
  virtual int Sync(int fd) = 0;
  virtual int ChangeOwner(int fd, uid_t user, gid_t group) = 0;
  virtual int ChangeMode(int fd, mode_t mode) = 0;
  // flock, exclusive; -EWOULDBLOCK if another process has it. Closing gives it up.
  virtual int Lock(int fd) = 0;

  virtual int Rename(const std::string& from, const std::string& to) = 0;
  // A file, or a directory that is empty.
  virtual int Remove(const std::string& path) = 0;
  virtual int MakeDirectory(const std::string& path) = 0;

  // stat, lstat and fstat.
  virtual int Inspect(const std::string& path, struct stat* info) = 0;
  virtual int InspectLink(const std::string& path, struct stat* info) = 0;
  virtual int InspectOpen(int fd, struct stat* info) = 0;
  // What a symbolic link says.
  virtual int ReadLink(const std::string& path, std::string* target) = 0;
  // The names in a directory, "." and ".." left out, sorted.
  virtual int List(const std::string& directory, std::vector<std::string>* names) = 0;
};

}  // namespace dagrad::io

#endif  // DAGRAD_IO_FILE_SYSTEM_H_
