#include "dagrad/io/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/io/write_signals.h"

namespace dagrad::io {
namespace {

template <typename T>
T OrError(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}

class PosixFileSystem : public FileSystem {
 public:
  int Open(const std::string& path, int flags, mode_t mode) override {
    return OrError(open(path.c_str(), flags | O_CLOEXEC, mode));
  }
  int Close(int fd) override { return OrError(close(fd)); }
  ssize_t Read(int fd, char* to, size_t size) override { return OrError(read(fd, to, size)); }
  ssize_t Write(int fd, absl::string_view bytes) override {
    const WriteSignalsHeld held;
    return OrError(write(fd, bytes.data(), bytes.size()));
  }
  int Reserve(int fd, int64_t size) override {
    const WriteSignalsHeld held;
    return -posix_fallocate(fd, 0, static_cast<off_t>(size));
  }
  int Sync(int fd) override { return OrError(fsync(fd)); }
  int ChangeOwner(int fd, uid_t user, gid_t group) override {
    return OrError(fchown(fd, user, group));
  }
  int ChangeMode(int fd, mode_t mode) override { return OrError(fchmod(fd, mode)); }
  int Lock(int fd) override { return OrError(flock(fd, LOCK_EX | LOCK_NB)); }

  int Rename(const std::string& from, const std::string& to) override {
    return OrError(rename(from.c_str(), to.c_str()));
  }
  int Remove(const std::string& path) override { return OrError(std::remove(path.c_str())); }
  int MakeDirectory(const std::string& path) override { return OrError(mkdir(path.c_str(), 0777)); }

  int Inspect(const std::string& path, struct stat* info) override {
    return OrError(stat(path.c_str(), info));
  }
  int InspectLink(const std::string& path, struct stat* info) override {
    return OrError(lstat(path.c_str(), info));
  }
  int InspectOpen(int fd, struct stat* info) override { return OrError(fstat(fd, info)); }
  int ReadLink(const std::string& path, std::string* target) override {
    char text[PATH_MAX];
    const ssize_t n = readlink(path.c_str(), text, sizeof text);
    if (n < 0) return -errno;
    target->assign(text, static_cast<size_t>(n));
    return 0;
  }
  int List(const std::string& directory, std::vector<std::string>* names) override {
    names->clear();
    DIR* const stream = opendir(directory.c_str());
    if (stream == nullptr) return -errno;
    errno = 0;
    while (const dirent* entry = readdir(stream)) {
      const absl::string_view name = entry->d_name;
      if (name != "." && name != "..") names->emplace_back(name);
    }
    const int error = errno;
    closedir(stream);
    std::sort(names->begin(), names->end());
    return -error;
  }
};

}  // namespace

FileSystem& FileSystem::Posix() {
  static FileSystem* const posix = new PosixFileSystem();
  return *posix;
}

}  // namespace dagrad::io
