#ifndef DAGRAD_IO_POWER_LOSS_H_
#define DAGRAD_IO_POWER_LOSS_H_

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dagrad/io/recorded_file_system.h"

namespace dagrad::io::testing {

// A disk that loses power. What it promises is what POSIX does, no more: the bytes of a file are
// kept once the file is synced, the names of a directory once the directory is. Until then each
// write may be there, be lost or be torn, a file may have its new length without its new bytes, and
// each name that was made, moved or removed may or may not be, in any order: a later rename without
// an earlier one.
class PowerLossDisk {
 public:
  // What stands below `root` (which ends in a slash) is kept.
  explicit PowerLossDisk(const std::string& root);

  // Notes the next of the calls that were logged.
  void Apply(const FileOp& op);
  // Makes `target` (which ends in a slash) what the disk may hold if power is lost now.
  void WriteStateAfterLoss(const std::string& target, std::mt19937* random) const;

 private:
  // A write, or a length (of zeros) if there are no bytes.
  struct Change {
    size_t offset = 0;
    std::string bytes;
    size_t length = 0;
  };
  struct File {
    bool is_directory = false;
    std::string link;  // a symbolic link to this
    std::string kept;
    std::vector<Change> changes;  // since it was synced
    size_t position = 0;          // where the next write goes
  };
  using FilePtr = std::shared_ptr<File>;
  // A name that is given to `file`, or taken away if that is null. A rename is one change: the
  // older name goes with it.
  struct NameChange {
    std::string name;
    FilePtr file;
    std::string older_name;
  };

  static void ApplyChange(const Change& change, size_t bytes, std::string* content);
  static void ApplyName(const NameChange& change, std::map<std::string, FilePtr>* names);
  static std::string ContentAfterLoss(const File& file, std::mt19937* random);
  std::string Relative(const std::string& path) const;
  void Sync(const std::string& path);

  std::string root_;
  std::map<std::string, FilePtr> kept_;  // by path below root
  std::map<std::string, FilePtr> now_;
  std::vector<NameChange> name_changes_;  // not yet synced
};

}  // namespace dagrad::io::testing

#endif  // DAGRAD_IO_POWER_LOSS_H_
