#include "dagrad/io/model_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/file.h"
#include "dagrad/io/safetensors.h"

namespace dagrad::io {
namespace {

constexpr char kWeightsKey[] = "dagrad.weights";
constexpr char kWeightsSuffix[] = ".safetensors";

bool IsText(absl::string_view path) { return absl::EndsWith(path, ".pbtxt"); }
bool IsModelFile(absl::string_view path) { return IsText(path) || absl::EndsWith(path, ".pb"); }

absl::Status InFile(const absl::Status& status, absl::string_view path) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(Printable(path, 1024), ": ", status.message()));
}

// A model file's directory (with the slash, or empty), name and stem.
struct Place {
  explicit Place(absl::string_view path) {
    const size_t slash = path.rfind('/');
    directory = std::string(slash == path.npos ? "" : path.substr(0, slash + 1));
    name = std::string(path.substr(directory.size()));
    stem = name.substr(0, name.rfind('.'));
  }
  std::string directory;
  std::string name;
  std::string stem;
};

// FNV-1a, 64 bits. The header has the checksum of every tensor, so equal names mean equal weights.
std::string ContentId(absl::string_view header) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : header) hash = (hash ^ c) * 0x100000001b3;
  return absl::StrFormat("%016x", hash);
}

// "<stem>-<16 hexadecimal digits>.safetensors"
bool IsWeightsOf(absl::string_view stem, absl::string_view name) {
  return absl::ConsumePrefix(&name, stem) && absl::ConsumePrefix(&name, "-") &&
         absl::ConsumeSuffix(&name, kWeightsSuffix) && name.size() == 16 &&
         name.find_first_not_of("0123456789abcdef") == name.npos;
}

// Holds the directory's lock for its lifetime. File systems without locks are taken as they are.
class DirectoryLock {
 public:
  ~DirectoryLock() {
    if (fd_ >= 0) close(fd_);
  }
  absl::Status Acquire(const std::string& directory) {
    fd_ = open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0) return ErrnoStatus(errno, "write to", directory);
    for (int attempt = 0; attempt < 1000; ++attempt) {
      if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
      if (errno != EWOULDBLOCK && errno != EINTR) return absl::OkStatus();
      absl::SleepFor(absl::Milliseconds(10));
    }
    return absl::UnavailableError(absl::StrCat("cannot write to ", Printable(directory, 1024),
                                               ": another save holds it for more than 10 s"));
  }

 private:
  int fd_ = -1;
};

// What earlier saves left behind: weights that the model file no longer names, files of a save that
// was killed.
void RemoveLeftovers(const Place& place, absl::string_view keep) {
  std::error_code ignored;
  const std::string directory = place.directory.empty() ? "." : place.directory;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator it(directory, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    const absl::string_view base = absl::string_view(name).substr(0, name.find(".tmp."));
    const bool temporary = IsTemporaryOf(name, base);
    const bool ours = IsWeightsOf(place.stem, base) || (temporary && base == place.name);
    if (ours && (temporary || name != keep)) leftovers.push_back(it->path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path, ignored);
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return absl::OkStatus();
  return ErrnoStatus(errno, "make the directory", path);
}

absl::Status WriteBoth(const std::string& file, Model model, const TensorMap& state) {
  const Place place(file);
  DirectoryLock lock;
  DAGRAD_RETURN_IF_ERROR(lock.Acquire(place.directory));
  std::string weights;
  if (!state.empty()) {
    const Safetensors contents{state, {}};
    DAGRAD_ASSIGN_OR_RETURN(const std::string header, SafetensorsHeader(contents));
    weights = absl::StrCat(place.stem, "-", ContentId(header), kWeightsSuffix);
    model.metadata[kWeightsKey] = weights;
    // Text that cannot be written must not cost a weights file.
  }
  absl::StatusOr<std::string> bytes = IsText(file) ? ModelToText(model) : SerializeModel(model);
  DAGRAD_RETURN_IF_ERROR(bytes.status());
  if (!state.empty())
    DAGRAD_RETURN_IF_ERROR(WriteSafetensors(place.directory + weights, {state, {}}));
  DAGRAD_RETURN_IF_ERROR(WriteFile(file, *bytes));
  RemoveLeftovers(place, weights);
  return absl::OkStatus();
}

absl::StatusOr<Model> ReadModel(const std::string& file, const OpLookup& find_op,
                                const LoadOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, options.limits.bytes));
  absl::StatusOr<Model> model = IsText(file)
                                    ? ParseModelText(bytes, find_op, options.limits, options.errors)
                                    : ParseModel(bytes, find_op, options.limits, options.errors);
  DAGRAD_RETURN_IF_ERROR(InFile(model.status(), file));
  return model;
}

absl::StatusOr<LoadedModel> LoadBoth(const std::string& file, const OpLookup& find_op,
                                     const LoadOptions& options) {
  LoadedModel loaded;
  DAGRAD_ASSIGN_OR_RETURN(loaded.model, ReadModel(file, find_op, options));
  auto it = loaded.model.metadata.find(kWeightsKey);
  if (it == loaded.model.metadata.end()) return loaded;
  const std::string name = it->second;
  loaded.model.metadata.erase(it);
  // The name comes from the file: it must not lead elsewhere.
  if (name.empty() || name[0] == '.' ||
      name.find_first_of(std::string("/\0", 2)) != std::string::npos) {
    return absl::PermissionDeniedError(
        absl::StrCat(Printable(file, 1024), ": names \"", Printable(name),
                     "\" as its weights, which is no file beside it"));
  }
  const std::string path = Place(file).directory + name;
  DAGRAD_ASSIGN_OR_RETURN(Safetensors weights, ReadSafetensors(path, {options.verify, false}));
  loaded.state = std::move(weights.tensors);
  const std::vector<absl::Status> errors = CheckState(loaded.model, loaded.state);
  if (options.errors != nullptr)
    options.errors->insert(options.errors->end(), errors.begin(), errors.end());
  if (!errors.empty()) return InFile(errors[0], path);
  return loaded;
}

}  // namespace

std::vector<absl::Status> CheckState(const Model& model, const TensorMap& state) {
  std::vector<absl::Status> errors;
  std::map<absl::string_view, const StateDecl*> declared;
  for (const StateDecl& s : model.states) {
    declared.emplace(s.name, &s);
    const std::string what = absl::StrCat("state \"", Printable(s.name), "\"");
    auto it = state.find(s.name);
    if (it == state.end()) {
      errors.push_back(
          absl::NotFoundError(absl::StrCat(what, ", ", s.type.ToString(), ", is missing")));
    } else if (it->second.dtype() != s.type.dtype || !s.type.shape.IsStatic() ||
               it->second.dims() != s.type.shape.ToDims()) {
      errors.push_back(absl::InvalidArgumentError(
          absl::StrCat(what, " is ", DTypeName(it->second.dtype()), DimsToString(it->second.dims()),
                       "; the model declares ", s.type.ToString())));
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!declared.contains(name)) {
      errors.push_back(absl::InvalidArgumentError(
          absl::StrCat("state \"", Printable(name), "\", ", DTypeName(tensor.dtype()),
                       DimsToString(tensor.dims()), ", is not declared by the model")));
    }
  }
  return errors;
}

absl::Status SaveModel(const std::string& path, const Model& model, const TensorMap& state) {
  absl::Status sound = ValidateModel(model);
  if (sound.ok() && !state.empty()) {
    const std::vector<absl::Status> errors = CheckState(model, state);
    if (!errors.empty()) sound = errors[0];
  }
  if (!sound.ok()) {
    return absl::Status(sound.code(),
                        absl::StrCat("cannot save ", Printable(path, 1024), ": ", sound.message()));
  }
  if (IsModelFile(path)) return WriteBoth(path, model, state);
  if (path.empty()) return absl::InvalidArgumentError("cannot save a model without a path");
  DAGRAD_RETURN_IF_ERROR(MakeDirectory(path));
  return WriteBoth(absl::StrCat(path, absl::EndsWith(path, "/") ? "" : "/", "model.pb"), model,
                   state);
}

absl::StatusOr<std::string> FindModelFile(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "open", path);
  if (!S_ISDIR(info.st_mode)) return path;
  const std::string base = absl::StrCat(path, absl::EndsWith(path, "/") ? "" : "/", "model");
  for (const char* suffix : {".pb", ".pbtxt"}) {
    if (stat((base + suffix).c_str(), &info) == 0) return base + suffix;
  }
  return absl::NotFoundError(
      absl::StrCat(Printable(path, 1024), " holds neither model.pb nor model.pbtxt"));
}

absl::StatusOr<LoadedModel> LoadModel(const std::string& path, const OpLookup& find_op,
                                      const LoadOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string file, FindModelFile(path));
  absl::StatusOr<LoadedModel> loaded = LoadBoth(file, find_op, options);
  // A save in between removes the weights that the model file named a moment ago.
  for (int attempt = 0;
       attempt < 3 && absl::IsNotFound(loaded.status()) && options.errors == nullptr; ++attempt) {
    loaded = LoadBoth(file, find_op, options);
  }
  return loaded;
}

}  // namespace dagrad::io
