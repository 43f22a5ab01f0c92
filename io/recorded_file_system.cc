#include "dagrad/io/recorded_file_system.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace dagrad::io::testing {
namespace {

FileSystem& Real() { return FileSystem::Posix(); }

}  // namespace

int RecordedFileSystem::Ask(const FileOp& op) {
  const int64_t number = calls_++;
  return hook_ == nullptr ? 0 : hook_(number, op);
}

int RecordedFileSystem::Call(FileOp op, const std::function<int()>& call) {
  const int answer = Ask(op);
  if (answer < 0) return answer;
  const int result = call();
  if (result >= 0) log_.push_back(std::move(op));
  return result;
}

std::string RecordedFileSystem::PathOf(int fd) const {
  auto it = open_.find(fd);
  return it == open_.end() ? "" : it->second;
}

int RecordedFileSystem::Open(const std::string& path, int flags, mode_t mode) {
  const int fd =
      Call({FileOp::kOpen, path, "", "", flags}, [&] { return Real().Open(path, flags, mode); });
  if (fd >= 0) open_[fd] = path;
  return fd;
}

// An error is one that close reports after it has closed, as Linux does.
int RecordedFileSystem::Close(int fd) {
  const FileOp op = {FileOp::kClose, PathOf(fd)};
  const int answer = Ask(op);
  const int result = Real().Close(fd);
  open_.erase(fd);
  log_.push_back(op);
  return answer < 0 ? answer : result;
}

ssize_t RecordedFileSystem::Read(int fd, char* to, size_t size) {
  const int answer = Ask({FileOp::kRead, PathOf(fd), "", "", static_cast<int64_t>(size)});
  if (answer < 0) return answer;
  return Real().Read(fd, to, answer > 0 ? std::min<size_t>(size, answer) : size);
}

ssize_t RecordedFileSystem::Write(int fd, absl::string_view bytes) {
  FileOp op = {FileOp::kWrite, PathOf(fd), "", "", static_cast<int64_t>(bytes.size())};
  const int answer = Ask(op);
  if (answer < 0) return answer;
  if (answer > 0) bytes = bytes.substr(0, static_cast<size_t>(answer));
  const ssize_t n = Real().Write(fd, bytes);
  op.bytes = std::string(bytes.substr(0, static_cast<size_t>(std::max<ssize_t>(n, 0))));
  if (n >= 0) log_.push_back(std::move(op));
  return n;
}

int RecordedFileSystem::Reserve(int fd, int64_t size) {
  return Call({FileOp::kReserve, PathOf(fd), "", "", size},
              [&] { return Real().Reserve(fd, size); });
}
int RecordedFileSystem::Sync(int fd) {
  return Call({FileOp::kSync, PathOf(fd)}, [] { return 0; });
}
int RecordedFileSystem::ChangeOwner(int fd, uid_t user, gid_t group) {
  return Call({FileOp::kChangeOwner, PathOf(fd)},
              [&] { return Real().ChangeOwner(fd, user, group); });
}
int RecordedFileSystem::ChangeMode(int fd, mode_t mode) {
  return Call({FileOp::kChangeMode, PathOf(fd)}, [&] { return Real().ChangeMode(fd, mode); });
}
int RecordedFileSystem::Lock(int fd) {
  return Call({FileOp::kLock, PathOf(fd)}, [&] { return Real().Lock(fd); });
}
int RecordedFileSystem::Rename(const std::string& from, const std::string& to) {
  return Call({FileOp::kRename, from, to}, [&] { return Real().Rename(from, to); });
}
int RecordedFileSystem::Remove(const std::string& path) {
  return Call({FileOp::kRemove, path}, [&] { return Real().Remove(path); });
}
int RecordedFileSystem::MakeDirectory(const std::string& path) {
  return Call({FileOp::kMakeDirectory, path}, [&] { return Real().MakeDirectory(path); });
}
int RecordedFileSystem::Inspect(const std::string& path, struct stat* info) {
  return Call({FileOp::kInspect, path}, [&] { return Real().Inspect(path, info); });
}
int RecordedFileSystem::InspectLink(const std::string& path, struct stat* info) {
  return Call({FileOp::kInspect, path}, [&] { return Real().InspectLink(path, info); });
}
int RecordedFileSystem::InspectOpen(int fd, struct stat* info) {
  return Call({FileOp::kInspect, PathOf(fd)}, [&] { return Real().InspectOpen(fd, info); });
}
int RecordedFileSystem::ReadLink(const std::string& path, std::string* target) {
  return Call({FileOp::kReadLink, path}, [&] { return Real().ReadLink(path, target); });
}
int RecordedFileSystem::List(const std::string& directory, std::vector<std::string>* names) {
  return Call({FileOp::kList, directory}, [&] { return Real().List(directory, names); });
}

}  // namespace dagrad::io::testing
