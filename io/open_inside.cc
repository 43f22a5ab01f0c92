#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"

namespace dagrad::io {
namespace {

absl::StatusOr<std::vector<std::string>> PartsOf(absl::string_view location) {
  const auto refuse = [location](absl::string_view why) {
    return InvalidArgumentError(
        absl::StrCat("\"", location.substr(0, 256), "\" is no file inside: ", why));
  };
  if (location.find('\0') != absl::string_view::npos) return refuse("it has a NUL");
  if (location.find('\\') != absl::string_view::npos) return refuse("it has a backslash");
  std::vector<std::string> parts = absl::StrSplit(location, '/');
  for (const std::string& part : parts) {
    if (part.empty() || part == "." || part == "..")
      return refuse(absl::StrCat("a part of it is \"", part, "\""));
    if (part.size() > NAME_MAX) return refuse("a name is too long");
  }
  return parts;
}

// openat without following a link, tried again after EINTR.
absl::StatusOr<Descriptor> OpenPart(int directory, const std::string& part, int flags,
                                    absl::string_view path) {
  int fd = -1;
  do {
    fd = openat(directory, part.c_str(), flags | O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return Descriptor(fd, &FileSystem::Posix());
  struct stat info = {};
  const int error = errno;
  if (fstatat(directory, part.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode)) {
    return PermissionDeniedError(
        absl::StrCat("cannot open ", path, ": \"", part, "\" is a symbolic link"));
  }
  return ErrnoStatus(error, "open", path);
}

}  // namespace

absl::StatusOr<std::shared_ptr<MappedFile>> MappedFile::OpenInside(const std::string& directory,
                                                                   absl::string_view location) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<std::string> parts, PartsOf(location));
  const std::string path = absl::StrCat(directory.empty() ? "." : directory, "/", location);
  // The caller's own path may go through links.
  int fd = -1;
  do {
    fd = open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus(errno, "open", directory);
  auto at = std::make_unique<Descriptor>(fd, &FileSystem::Posix());
  for (size_t i = 0; i < parts.size(); ++i) {
    const int flags = i + 1 < parts.size() ? O_DIRECTORY : 0;
    DAGRAD_ASSIGN_OR_RETURN(Descriptor next, OpenPart(at->get(), parts[i], flags, path));
    at = std::make_unique<Descriptor>(std::move(next));
  }
  struct stat info = {};
  if (fstat(at->get(), &info) != 0) return ErrnoStatus(errno, "inspect", path);
  if (!S_ISREG(info.st_mode))
    return InvalidArgumentError(absl::StrCat("cannot open ", path, ": it is no regular file"));
  if (info.st_nlink > 1) {
    return PermissionDeniedError(absl::StrCat("cannot open ", path, ": it has ", info.st_nlink,
                                              " names, one of which may be elsewhere"));
  }
  return Map(at->get(), static_cast<size_t>(info.st_size), path);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
