#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"

namespace dagrad::io {
namespace {

// Without those in front that are ".".
absl::StatusOr<std::vector<std::string>> PartsOf(absl::string_view location) {
  const auto refuse = [location](absl::string_view why) {
    return InvalidArgumentError(
        absl::StrCat("\"", location.substr(0, 256), "\" is no file inside: ", why));
  };
  if (location.find('\0') != absl::string_view::npos) return refuse("it has a NUL");
  if (location.find('\\') != absl::string_view::npos) return refuse("it has a backslash");
  std::vector<std::string> parts = absl::StrSplit(location, '/');
  while (parts.size() > 1 && parts[0] == ".") parts.erase(parts.begin());
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
    return PermissionDeniedError(absl::StrCat("cannot open ", path, ": \"", part,
                                              "\" is a symbolic link to no file inside"));
  }
  return ErrnoStatus(error, "open", path);
}

// The file at `parts` from `directory` on, none of which is a link; that path itself may go through
// links. Directories need not be readable.
absl::StatusOr<Descriptor> Walk(const std::string& directory, const std::vector<std::string>& parts,
                                absl::string_view path) {
  constexpr int kDirectory = O_DIRECTORY | O_PATH;
  int fd = -1;
  do {
    fd = open(directory.c_str(), kDirectory | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return ErrnoStatus(errno, "open", directory);
  auto at = std::make_unique<Descriptor>(fd, &FileSystem::Posix());
  for (size_t i = 0; i < parts.size(); ++i) {
    const int flags = i + 1 < parts.size() ? kDirectory : 0;
    DAGRAD_ASSIGN_OR_RETURN(Descriptor next, OpenPart(at->get(), parts[i], flags, path));
    at = std::make_unique<Descriptor>(std::move(next));
  }
  return std::move(*at);
}

// The file of a path that Canonical gave: what has become a link since then is not followed.
absl::StatusOr<Descriptor> WalkCanonical(const std::string& canonical, absl::string_view path) {
  return Walk("/", absl::StrSplit(canonical, '/', absl::SkipEmpty()), path);
}

// Empty if there is no such path.
std::string Canonical(const std::string& path) {
  std::error_code error;
  return std::filesystem::canonical(path, error).string();
}

bool IsInside(absl::string_view canonical, absl::string_view directory) {
  if (directory.empty()) return false;
  return absl::StartsWith(canonical, directory == "/" ? "/" : absl::StrCat(directory, "/"));
}

// `opened`, which is what was found at `path`; where links stood in the way, what they lead to, if
// that is in one of the directories.
absl::StatusOr<Descriptor> FollowInside(absl::StatusOr<Descriptor> opened, const std::string& path,
                                        const std::string& directory, const std::string& other) {
  if (!absl::IsPermissionDenied(opened.status())) return opened;
  const std::string target = Canonical(path);
  const bool is_inside = IsInside(target, Canonical(directory)) || IsInside(target, other);
  return is_inside ? WalkCanonical(target, path) : std::move(opened);
}

// `parts` in `directory`, or in `other` if nothing is there.
absl::StatusOr<Descriptor> OpenIn(const std::string& directory, const std::string& other,
                                  const std::vector<std::string>& parts) {
  const std::string name = absl::StrJoin(parts, "/");
  const std::string path = absl::StrCat(directory, "/", name);
  absl::StatusOr<Descriptor> first = Walk(directory, parts, path);
  if (!absl::IsNotFound(first.status()) || other.empty())
    return FollowInside(std::move(first), path, directory, other);
  const std::string beside = absl::StrCat(other, "/", name);
  absl::StatusOr<Descriptor> second = WalkCanonical(beside, beside);
  if (absl::IsNotFound(second.status())) return first;
  return FollowInside(std::move(second), beside, directory, other);
}

}  // namespace

absl::StatusOr<std::shared_ptr<MappedFile>> MappedFile::OpenInside(const std::string& directory,
                                                                   absl::string_view location,
                                                                   const std::string& other) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<std::string> parts, PartsOf(location));
  const std::string from = directory.empty() ? "." : directory;
  const std::string path = absl::StrCat(from, "/", location);
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file, OpenIn(from, other, parts));
  struct stat info = {};
  if (fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "inspect", path);
  if (!S_ISREG(info.st_mode))
    return InvalidArgumentError(absl::StrCat("cannot open ", path, ": it is no regular file"));
  if (info.st_nlink > 1) {
    return PermissionDeniedError(absl::StrCat("cannot open ", path, ": it has ", info.st_nlink,
                                              " names, one of which may be elsewhere"));
  }
  return Map(file.get(), static_cast<size_t>(info.st_size), path);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
