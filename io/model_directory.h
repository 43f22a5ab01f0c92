#ifndef DAGRAD_IO_MODEL_DIRECTORY_H_
#define DAGRAD_IO_MODEL_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/io/file_system.h"

namespace dagrad::io {

// What saving needs to know of the directory of a model file, which it may share with other models.

// A model file's directory (with the slash, or empty), name and stem. The stem has no points in
// front, so that the weights of a hidden model file are not hidden: such names are not loaded.
struct ModelPlace {
  explicit ModelPlace(absl::string_view path);
  std::string directory;
  std::string name;
  std::string stem;
};

// "<stem>-<16 hexadecimal digits>.safetensors", the digits made of `header`: the header has the
// checksum of every tensor, so equal names mean equal weights.
std::string WeightsName(absl::string_view stem, absl::string_view header);

// Holds the directory's lock for its lifetime. File systems without locks are taken as they are.
class DirectoryLock {
 public:
  explicit DirectoryLock(FileSystem* fs) : fs_(fs) {}
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  // `directory` as in ModelPlace. Unavailable if another process holds it for more than 10 s.
  absl::Status Acquire(const std::string& directory);

 private:
  FileSystem* fs_;
  int fd_ = -1;
};

// Removes what saves to `place` left behind: files of a save that was killed; weights of its stem
// other than `keep` that no model file of the directory names. A model file is any whose name has
// ".pb" in it, copies and backups too, and any that begins as a binary model does. If one of them
// cannot be read, all weights stay.
void RemoveLeftovers(const ModelPlace& place, absl::string_view keep, FileSystem& fs);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_MODEL_DIRECTORY_H_
