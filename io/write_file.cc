#include "dagrad/io/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"

namespace dagrad::io {
namespace {

constexpr int kMostLinks = 40;  // Linux's own limit
constexpr mode_t kPermissions = 0777;
constexpr uint32_t kSame = ~uint32_t{0};  // of ChangeOwner: stays as it is

absl::Status Cannot(absl::string_view verb, int result, const std::string& path) {
  return result < 0 ? ErrnoStatus(-result, verb, path) : absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::string_view bytes, const std::string& path, FileSystem& fs) {
  while (!bytes.empty()) {
    const ssize_t n = fs.Write(fd, bytes.substr(0, size_t{1} << 30));
    if (n == -EINTR) continue;
    if (n <= 0) return ErrnoStatus(n == 0 ? EIO : static_cast<int>(-n), "write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

// So that a full disk shows before anything is written. File systems that can't say so are taken as
// they are.
absl::Status Reserve(int fd, size_t size, const std::string& path, FileSystem& fs) {
  if (size == 0) return absl::OkStatus();
  int result = 0;
  do {
    result = fs.Reserve(fd, static_cast<int64_t>(size));
  } while (result == -EINTR);
  if (result == -ENOSPC || result == -EFBIG || result == -EDQUOT || result == -EIO)
    return ErrnoStatus(-result, "write", path);
  return absl::OkStatus();
}

// A failed sync is not tried again: the pages that were lost would then count as written. What has
// nothing to sync (a pipe, a directory of some file systems) says EINVAL.
int Sync(int fd, FileSystem& fs) {
  int result = 0;
  do {
    result = fs.Sync(fd);
  } while (result == -EINTR);
  return result == -EINVAL ? 0 : result;
}

absl::Status WriteSyncClose(Descriptor file, absl::Span<const absl::string_view> parts,
                            const std::string& path, FileSystem& fs) {
  for (absl::string_view part : parts) DAGRAD_RETURN_IF_ERROR(WriteAll(file.get(), part, path, fs));
  DAGRAD_RETURN_IF_ERROR(Cannot("sync", Sync(file.get(), fs), path));
  const int closed = file.Close();
  return Cannot("close", closed == -EINTR ? 0 : closed, path);
}

// The bytes go into what stands there. Where that is a file after all, which a link of /proc
// names, they go after what it holds: that is what the shell's > and >> mean.
absl::Status WriteInto(const std::string& path, absl::Span<const absl::string_view> parts,
                       FileSystem& fs) {
  DAGRAD_ASSIGN_OR_RETURN(Descriptor file,
                          OpenFile(path, O_WRONLY | O_APPEND | O_NOCTTY, 0, "write", fs));
  return WriteSyncClose(std::move(file), parts, path, fs);
}

// Gives the new file owner, group and permissions of the old one. Who may not give it the group
// gives the group no more than all have.
void KeepAttributes(int fd, const Destination& old, FileSystem& fs) {
  struct stat made = {};
  if (fs.InspectOpen(fd, &made) != 0) return;
  mode_t mode = *old.mode & kPermissions;
  if (made.st_uid != old.user) fs.ChangeOwner(fd, old.user, kSame);
  if (made.st_gid != old.group && fs.ChangeOwner(fd, kSame, old.group) != 0) {
    mode = (mode & ~mode_t{070}) | (mode & 07) << 3;
  }
  if ((made.st_mode & kPermissions) != mode) fs.ChangeMode(fd, mode);
}

absl::Status WriteTemporary(const std::string& temporary, const Destination& to,
                            absl::Span<const absl::string_view> parts, FileSystem& fs) {
  // Nobody may see more of it than of the old one.
  const mode_t mode = to.mode.has_value() ? *to.mode & 0600 : 0666;
  const int fd = fs.Open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (fd < 0) return ErrnoStatus(-fd, "write", to.path);
  Descriptor file(fd, &fs);
  if (to.mode.has_value()) KeepAttributes(fd, to, fs);
  size_t size = 0;
  for (absl::string_view part : parts) size += part.size();
  DAGRAD_RETURN_IF_ERROR(Reserve(fd, size, to.path, fs));
  return WriteSyncClose(std::move(file), parts, to.path, fs);
}

absl::Status Replace(const Destination& to, absl::Span<const absl::string_view> parts,
                     FileSystem& fs) {
  static std::atomic<uint64_t> counter{0};
  std::string temporary;
  absl::Status status;
  do {  // a number that a dead process of the same id has used is skipped
    temporary = absl::StrCat(to.path, ".tmp.", getpid(), ".", ++counter);
    status = WriteTemporary(temporary, to, parts, fs);
  } while (absl::IsAlreadyExists(status));
  if (status.ok()) status = Cannot("write", fs.Rename(temporary, to.path), to.path);
  if (!status.ok()) fs.Remove(temporary);
  return status;
}

// Whether a link is one of those of /proc/<process>/fd, which name open files, not paths.
bool NamesOpenFile(const struct stat& link, FileSystem& fs) {
  struct stat proc = {};
  return fs.Inspect("/proc", &proc) == 0 && proc.st_dev == link.st_dev;
}

// FollowLinks, and what stands there: a mode of 0 if nothing does.
absl::StatusOr<std::string> Follow(const std::string& path, FileSystem& fs, struct stat* info) {
  if (path.find('\0') != std::string::npos) return ErrnoStatus(EINVAL, "write", path);
  std::string at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    *info = {};
    const int found = fs.InspectLink(at, info);
    if (found < 0 && found != -ENOENT) return ErrnoStatus(-found, "write", path);
    if (!S_ISLNK(info->st_mode) || NamesOpenFile(*info, fs)) return at;
    std::string target;
    DAGRAD_RETURN_IF_ERROR(Cannot("write", fs.ReadLink(at, &target), path));
    if (!absl::StartsWith(target, "/")) target.insert(0, at.substr(0, at.rfind('/') + 1));
    at = std::move(target);
  }
  return ErrnoStatus(ELOOP, "write", path);
}

}  // namespace

absl::StatusOr<std::string> FollowLinks(const std::string& path, FileSystem& fs) {
  struct stat info = {};
  return Follow(path, fs, &info);
}

absl::StatusOr<Destination> FindDestination(const std::string& path, FileSystem& fs) {
  struct stat info = {};
  Destination to;
  DAGRAD_ASSIGN_OR_RETURN(to.path, Follow(path, fs, &info));
  if (S_ISDIR(info.st_mode)) return ErrnoStatus(EISDIR, "write", path);
  to.into = info.st_mode != 0 && !S_ISREG(info.st_mode);
  if (S_ISREG(info.st_mode)) to.mode = info.st_mode;
  to.user = info.st_uid;
  to.group = info.st_gid;
  return to;
}

absl::Status WriteTo(const Destination& to, absl::Span<const absl::string_view> parts,
                     FileSystem& fs) {
  return to.into ? WriteInto(to.path, parts, fs) : Replace(to, parts, fs);
}

absl::Status SyncDirectoryOf(const std::string& path, FileSystem& fs) {
  const size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor held,
                          OpenFile(directory, O_RDONLY | O_DIRECTORY, 0, "open", fs));
  return Cannot("sync", Sync(held.get(), fs), directory);
}

absl::Status SyncWritten(const Destination& written, FileSystem& fs) {
  const absl::Status status = written.into ? absl::OkStatus() : SyncDirectoryOf(written.path, fs);
  if (status.ok()) return status;
  return MakeStatus(status.code(),
                    absl::StrCat(Printable(written.path, 1024),
                                 " is written and in force, but may not outlive a loss of power: ",
                                 status.message()));
}

absl::Status WriteFile(const std::string& path, absl::Span<const absl::string_view> parts,
                       FileSystem& fs) try {
  DAGRAD_ASSIGN_OR_RETURN(const Destination to, FindDestination(path, fs));
  DAGRAD_RETURN_IF_ERROR(WriteTo(to, parts, fs));
  return SyncWritten(to, fs);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status WriteFile(const std::string& path, absl::string_view bytes, FileSystem& fs) {
  return WriteFile(path, absl::MakeConstSpan(&bytes, 1), fs);
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
