#include "dagrad/io/model_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr char kWeightsSuffix[] = ".safetensors";
constexpr char kTemporary[] = ".tmp.";
constexpr char kBinaryModelBegins = '\x08';  // the tag of Model.format_version

std::string PathOf(const std::string& directory) { return directory.empty() ? "." : directory; }

// Whether `name` is one that WeightsName makes for `stem`.
bool IsWeightsOf(absl::string_view stem, absl::string_view name) {
  return absl::ConsumePrefix(&name, stem) && absl::ConsumePrefix(&name, "-") &&
         absl::ConsumeSuffix(&name, kWeightsSuffix) && name.size() == 16 &&
         name.find_first_not_of("0123456789abcdef") == name.npos;
}

// The part of a weights' name that a model file has as it is: text format escapes some letters.
absl::string_view Verbatim(absl::string_view stem, absl::string_view name) {
  const bool plain = std::all_of(stem.begin(), stem.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '"' && c != '\'' && c != '\\';
  });
  return plain ? name : name.substr(stem.size());
}

absl::StatusOr<bool> BeginsAsModel(const std::string& path, FileSystem& fs) {
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file,
                          OpenFile(path, O_RDONLY | O_NONBLOCK, 0, "open", fs));
  char first = 0;
  ssize_t n = 0;
  do {
    n = fs.Read(file.get(), &first, 1);
  } while (n == -EINTR);
  if (n < 0) return ErrnoStatus(static_cast<int>(-n), "read", path);
  return n == 1 && first == kBinaryModelBegins;
}

// The bytes of a file if that may be a model file, else nothing.
absl::StatusOr<std::string> ModelFileBytes(const std::string& directory, const std::string& name,
                                           FileSystem& fs) {
  const std::string path = directory + name;
  struct stat info = {};
  const int found = fs.Inspect(path, &info);
  if (found == -ENOENT) return "";  // a link to nothing, or removed meanwhile
  if (found < 0) return ErrnoStatus(-found, "inspect", path);
  if (!S_ISREG(info.st_mode)) return "";
  bool may_be = absl::StrContains(name, ".pb");
  if (!may_be) {
    DAGRAD_ASSIGN_OR_RETURN(may_be, BeginsAsModel(path, fs));
  }
  return may_be ? ReadFile(path, ReadLimits().bytes, fs) : "";
}

}  // namespace

ModelPlace::ModelPlace(absl::string_view path) {
  const size_t slash = path.rfind('/');
  directory = std::string(slash == path.npos ? "" : path.substr(0, slash + 1));
  name = std::string(path.substr(directory.size()));
  stem = name.substr(0, name.rfind('.'));
  stem.erase(0, stem.find_first_not_of('.'));
}

std::string WeightsName(absl::string_view stem, absl::string_view header) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (unsigned char c : header) hash = (hash ^ c) * 0x100000001b3;
  return absl::StrCat(stem, "-", absl::StrFormat("%016x", hash), kWeightsSuffix);
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) fs_->Close(fd_);
}

absl::Status DirectoryLock::Acquire(const std::string& directory) {
  do {
    fd_ = fs_->Open(PathOf(directory), O_RDONLY | O_DIRECTORY, 0);
  } while (fd_ == -EINTR);
  if (fd_ < 0) return ErrnoStatus(-fd_, "write to", PathOf(directory));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int result = fs_->Lock(fd_);
    if (result != -EWOULDBLOCK && result != -EINTR) return absl::OkStatus();
    if (result == -EWOULDBLOCK) absl::SleepFor(absl::Milliseconds(10));
  }
  return UnavailableError(absl::StrCat("cannot write to ", Printable(PathOf(directory), 1024),
                                       ": another save holds it for more than 10 s"));
}

void RemoveLeftovers(const ModelPlace& place, absl::string_view keep, FileSystem& fs) {
  std::vector<std::string> names;
  if (fs.List(PathOf(place.directory), &names) != 0) return;
  std::vector<std::string> weights;
  std::vector<std::string> others;
  for (std::string& name : names) {
    const absl::string_view base = absl::string_view(name).substr(0, name.rfind(kTemporary));
    if (IsTemporaryOf(name, base) && (base == place.name || IsWeightsOf(place.stem, base))) {
      fs.Remove(place.directory + name);
    } else if (!IsWeightsOf(place.stem, name)) {
      others.push_back(std::move(name));
    } else if (name != keep) {
      weights.push_back(std::move(name));
    }
  }
  for (const std::string& other : others) {
    if (weights.empty()) return;
    const absl::StatusOr<std::string> bytes = ModelFileBytes(place.directory, other, fs);
    if (!bytes.ok()) return;
    std::erase_if(weights, [&](const std::string& w) {
      return absl::StrContains(*bytes, Verbatim(place.stem, w));
    });
  }
  for (const std::string& w : weights) fs.Remove(place.directory + w);
}

}  // namespace dagrad::io
