#include "dagrad/io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

constexpr size_t kMostAtOnce = size_t{1} << 30;  // read(2) takes no more than 2 GiB

absl::string_view KindName(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

absl::StatusOr<Descriptor> OpenRegular(const std::string& path, OpenOptions options, size_t* size,
                                       FileSystem& fs) {
  // O_NONBLOCK: a pipe must not block.
  const int flags = O_RDONLY | O_NONBLOCK | (options.follow_symlinks ? 0 : O_NOFOLLOW);
  DAGRAD_ASSIGN_OR_RETURN(Descriptor file, OpenFile(path, flags, 0, "open", fs));
  struct stat info = {};
  const int result = fs.InspectOpen(file.get(), &info);
  if (result < 0) return ErrnoStatus(-result, "inspect", path);
  *size = static_cast<size_t>(std::max<off_t>(info.st_size, 0));
  if (S_ISREG(info.st_mode)) return file;
  return InvalidArgumentError(
      absl::StrCat("cannot read ", Printable(path, 1024), ": it is ", KindName(info.st_mode)));
}

absl::Status TooLarge(const std::string& path, size_t max_bytes) {
  return ResourceExhaustedError(
      absl::StrCat(Printable(path, 1024), " has more than the allowed ", max_bytes, " bytes"));
}

absl::Status Truncated() { return DataLossError("it is truncated"); }

// One read, tried again after EINTR.
ssize_t ReadSome(int fd, char* to, size_t size, FileSystem& fs) {
  ssize_t n = 0;
  do {
    n = fs.Read(fd, to, std::min(size, kMostAtOnce));
  } while (n == -EINTR);
  return n;
}

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return absl::StatusCode::kPermissionDenied;
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
      return absl::StatusCode::kInvalidArgument;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

absl::Status ErrnoStatus(int error, absl::string_view verb, absl::string_view path) {
  return MakeStatus(CodeOf(error), absl::StrCat("cannot ", verb, " ", Printable(path, 1024), ": ",
                                                std::generic_category().message(error)));
}

absl::StatusOr<Descriptor> OpenFile(const std::string& path, int flags, mode_t mode,
                                    absl::string_view verb, FileSystem& fs) {
  if (path.find('\0') != std::string::npos) return ErrnoStatus(EINVAL, verb, path);
  int fd = -1;
  do {
    fd = fs.Open(path, flags, mode);
  } while (fd == -EINTR);
  if (fd < 0) return ErrnoStatus(-fd, verb, path);
  return Descriptor(fd, &fs);
}

absl::Status MemoryReader::Read(char* out, size_t size) {
  if (size > rest_.size()) return Truncated();
  std::copy_n(rest_.data(), size, out);
  rest_.remove_prefix(size);
  return absl::OkStatus();
}

absl::StatusOr<FileReader> FileReader::Open(const std::string& path, OpenOptions options) try {
  size_t size = 0;
  DAGRAD_ASSIGN_OR_RETURN(Descriptor file, OpenRegular(path, options, &size, FileSystem::Posix()));
  return FileReader(std::move(file), size);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status FileReader::Read(char* out, size_t size) {
  if (size > left_) return Truncated();
  while (size > 0) {
    const ssize_t n = ReadSome(file_.get(), out, size, FileSystem::Posix());
    if (n < 0) {
      return UnavailableError(absl::StrCat("it cannot be read: ",
                                           std::generic_category().message(static_cast<int>(-n))));
    }
    if (n == 0) return Truncated();
    out += n;
    size -= static_cast<size_t>(n);
    left_ -= static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes,
                                     FileSystem& fs) try {
  size_t expected = 0;
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file, OpenRegular(path, {}, &expected, fs));
  if (expected > max_bytes) return TooLarge(path, max_bytes);
  std::string bytes;
  size_t size = 0;
  while (true) {
    // One byte more than expected, to see the end; files of /proc have more than they say.
    if (size == bytes.size()) bytes.resize(std::max(expected + 1, size * 2 + 4096));
    const ssize_t n = ReadSome(file.get(), bytes.data() + size, bytes.size() - size, fs);
    if (n < 0) return ErrnoStatus(static_cast<int>(-n), "read", path);
    size += static_cast<size_t>(n);
    if (size > max_bytes) return TooLarge(path, max_bytes);
    if (n == 0) break;
  }
  bytes.resize(size);
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes,
                                     const Budget& budget, Budget::Lease* lease) try {
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  const int64_t left = budget.limit() - budget.taken();
  DAGRAD_ASSIGN_OR_RETURN(std::string bytes,
                          ReadFile(path, std::min(max_bytes, static_cast<size_t>(left))));
  DAGRAD_ASSIGN_OR_RETURN(*lease, budget.Lend(static_cast<int64_t>(bytes.size()),
                                              absl::StrCat("reading ", Printable(path, 1024))));
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::shared_ptr<MappedFile>> MappedFile::Open(const std::string& path,
                                                             OpenOptions options) try {
  size_t size = 0;
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file,
                          OpenRegular(path, options, &size, FileSystem::Posix()));
  return Map(file.get(), size, path);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::shared_ptr<MappedFile>> MappedFile::Map(int fd, size_t size,
                                                            absl::string_view path) {
  void* data = nullptr;
  if (size > 0) {
    data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (data == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  }
  return std::shared_ptr<MappedFile>(new MappedFile(static_cast<char*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace dagrad::io
