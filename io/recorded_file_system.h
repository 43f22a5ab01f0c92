#ifndef DAGRAD_IO_RECORDED_FILE_SYSTEM_H_
#define DAGRAD_IO_RECORDED_FILE_SYSTEM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dagrad/io/file_system.h"

namespace dagrad::io::testing {

// One call of a FileSystem, as far as it matters for what a disk holds.
struct FileOp {
  enum Kind {
    kOpen,
    kClose,
    kRead,
    kWrite,
    kReserve,
    kSync,
    kChangeOwner,
    kChangeMode,
    kLock,
    kRename,
    kRemove,
    kMakeDirectory,
    kInspect,
    kReadLink,
    kList,
  };
  Kind kind;
  std::string path;        // of a call that takes a descriptor: what it was opened as
  std::string to = "";     // kRename
  std::string bytes = "";  // kWrite: those that were written
  int64_t number = 0;      // kOpen: the flags; kReserve: the size; kWrite: how many are asked for
};

// The system's own files, with a log of what is done to them and a hook before each call. What is
// synced is only noted, so that a thousand saves take no longer than their writes.
class RecordedFileSystem : public FileSystem {
 public:
  // Called before each call, with its number from 0. 0 lets it happen; a negative number becomes
  // its result instead (-errno); of a kRead or kWrite a positive one is how many bytes it takes.
  using Hook = std::function<int(int64_t number, const FileOp& op)>;
  explicit RecordedFileSystem(Hook hook = nullptr) : hook_(std::move(hook)) {}

  const std::vector<FileOp>& log() const { return log_; }  // what succeeded
  int64_t calls() const { return calls_; }                 // failed ones too

  int Open(const std::string& path, int flags, mode_t mode) override;
  int Close(int fd) override;
  ssize_t Read(int fd, char* to, size_t size) override;
  ssize_t Write(int fd, absl::string_view bytes) override;
  int Reserve(int fd, int64_t size) override;
  int Sync(int fd) override;
  int ChangeOwner(int fd, uid_t user, gid_t group) override;
  int ChangeMode(int fd, mode_t mode) override;
  int Lock(int fd) override;
  int Rename(const std::string& from, const std::string& to) override;
  int Remove(const std::string& path) override;
  int MakeDirectory(const std::string& path) override;
  int Inspect(const std::string& path, struct stat* info) override;
  int InspectLink(const std::string& path, struct stat* info) override;
  int InspectOpen(int fd, struct stat* info) override;
  int ReadLink(const std::string& path, std::string* target) override;
  int List(const std::string& directory, std::vector<std::string>* names) override;

 private:
  // Asks the hook, then makes the call and notes it if it succeeded.
  int Call(FileOp op, const std::function<int()>& call);
  int Ask(const FileOp& op);
  std::string PathOf(int fd) const;

  Hook hook_;
  std::vector<FileOp> log_;
  std::map<int, std::string> open_;
  int64_t calls_ = 0;
};

}  // namespace dagrad::io::testing

#endif  // DAGRAD_IO_RECORDED_FILE_SYSTEM_H_
