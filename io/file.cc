#include "dagrad/io/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

// Closes a file descriptor at the end of its life.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  // Closes now, for the sake of the result.
  int Close() {
    const int fd = fd_;
    fd_ = -1;
    return close(fd);
  }

 private:
  int fd_;
};

absl::string_view KindName(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

absl::StatusOr<Descriptor> OpenRegular(const std::string& path, int flags, struct stat* info) {
  if (path.find('\0') != std::string::npos) return ErrnoStatus(EINVAL, "open", path);
  int fd = -1;
  do {
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);  // a pipe must not block
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus(errno, "open", path);
  Descriptor file(fd);
  if (fstat(fd, info) != 0) return ErrnoStatus(errno, "inspect", path);
  if (S_ISREG(info->st_mode)) return file;
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", Printable(path, 1024), ": it is ", KindName(info->st_mode)));
}

absl::Status TooLarge(const std::string& path, size_t max_bytes) {
  return absl::ResourceExhaustedError(
      absl::StrCat(Printable(path, 1024), " has more than the allowed ", max_bytes, " bytes"));
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status WriteAll(int fd, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), std::min(bytes.size(), size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

// So that a full disk shows before anything is written. File systems that can't say so are taken as
// they are.
absl::Status Reserve(int fd, size_t size, const std::string& path) {
  if (size == 0) return absl::OkStatus();
  int error = 0;
  do {
    error = posix_fallocate(fd, 0, static_cast<off_t>(size));
  } while (error == EINTR);
  if (error == ENOSPC || error == EFBIG || error == EDQUOT)
    return ErrnoStatus(error, "write", path);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(errno, "open", directory);
  const Descriptor held(fd);
  // EINVAL: a file system whose directories need no syncing.
  if (fsync(fd) != 0 && errno != EINVAL) return ErrnoStatus(errno, "sync", directory);
  return absl::OkStatus();
}

absl::Status WriteTemporary(const std::string& temporary, const std::string& path,
                            absl::Span<const absl::string_view> parts) {
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return ErrnoStatus(errno, "write", path);
  Descriptor file(fd);
  size_t size = 0;
  for (absl::string_view part : parts) size += part.size();
  DAGRAD_RETURN_IF_ERROR(Reserve(fd, size, path));
  for (absl::string_view part : parts) DAGRAD_RETURN_IF_ERROR(WriteAll(fd, part, path));
  if (fsync(fd) != 0) return ErrnoStatus(errno, "sync", path);
  if (file.Close() != 0 && errno != EINTR) return ErrnoStatus(errno, "close", path);
  return absl::OkStatus();
}

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
      return absl::StatusCode::kPermissionDenied;
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
  return absl::Status(CodeOf(error), absl::StrCat("cannot ", verb, " ", Printable(path, 1024), ": ",
                                                  std::generic_category().message(error)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  struct stat info = {};
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file, OpenRegular(path, 0, &info));
  const size_t expected = static_cast<size_t>(std::max<off_t>(info.st_size, 0));
  if (expected > max_bytes) return TooLarge(path, max_bytes);
  std::string bytes;
  size_t size = 0;
  while (true) {
    // One byte more than expected, to see the end; files of /proc have more than they say.
    if (size == bytes.size()) bytes.resize(std::max(expected + 1, size * 2 + 4096));
    const ssize_t n = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "read", path);
    size += static_cast<size_t>(n);
    if (size > max_bytes) return TooLarge(path, max_bytes);
    if (n == 0) break;
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<std::shared_ptr<MappedFile>> MappedFile::Open(const std::string& path,
                                                             Options options) {
  struct stat info = {};
  const int flags = options.follow_symlinks ? 0 : O_NOFOLLOW;
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file, OpenRegular(path, flags, &info));
  const size_t size = static_cast<size_t>(std::max<off_t>(info.st_size, 0));
  void* data = nullptr;
  if (size > 0) {
    data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
    if (data == MAP_FAILED) return ErrnoStatus(errno, "map", path);
  }
  return std::shared_ptr<MappedFile>(new MappedFile(static_cast<char*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

absl::Status WriteFile(const std::string& path, absl::Span<const absl::string_view> parts) {
  static std::atomic<uint64_t> counter{0};
  if (path.find('\0') != std::string::npos) return ErrnoStatus(EINVAL, "write", path);
  std::string temporary;
  absl::Status status;
  do {  // a number that a dead process of the same id has used is skipped
    temporary = absl::StrCat(path, ".tmp.", getpid(), ".", ++counter);
    status = WriteTemporary(temporary, path, parts);
  } while (absl::IsAlreadyExists(status));
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus(errno, "write", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncDirectory(DirectoryOf(path));
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  return WriteFile(path, absl::MakeConstSpan(&bytes, 1));
}

bool IsTemporaryOf(absl::string_view name, absl::string_view base) {
  if (!absl::StartsWith(name, base) || !absl::StartsWith(name.substr(base.size()), ".tmp.")) {
    return false;
  }
  const absl::string_view rest = name.substr(base.size() + 5);
  const size_t dot = rest.find('.');
  return dot != rest.npos && dot > 0 && dot + 1 < rest.size() &&
         rest.find_first_not_of("0123456789.") == rest.npos;
}

}  // namespace dagrad::io
