#include "dagrad/io/model_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/file.h"
#include "dagrad/io/model_directory.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr char kWeightsKey[] = "dagrad.weights";

bool IsText(absl::string_view path) { return absl::EndsWith(path, ".pbtxt"); }
bool IsModelFile(absl::string_view path) { return IsText(path) || absl::EndsWith(path, ".pb"); }

absl::Status InFile(const absl::Status& status, absl::string_view path) {
  return Prefixed(Printable(path, 1024), status);
}

// Whether `path` ends like a file of another format, or in another case than ".pb" and ".pbtxt":
// whoever writes "m.keras" expects a file. Other dots are part of a directory's name.
bool LooksLikeFile(absl::string_view path) {
  constexpr absl::string_view kSuffixes[] = {".bin",    ".ckpt",  ".csv", ".h5",   ".hdf5",
                                             ".json",   ".keras", ".npy", ".npz",  ".onnx",
                                             ".pb",     ".pt",    ".pth", ".pkl",  ".safetensors",
                                             ".tflite", ".txt",   ".zip", ".pbtxt"};
  return std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](absl::string_view suffix) {
    return absl::EndsWithIgnoreCase(path, suffix);
  });
}

// Makes the directory of a model. *made if it was not there before.
absl::Status MakeDirectory(const std::string& path, FileSystem& fs, bool* made) {
  const int result = fs.MakeDirectory(path);
  *made = result == 0;
  if (result < 0 && result != -EEXIST) return ErrnoStatus(-result, "make the directory", path);
  struct stat info = {};
  if (!*made && fs.Inspect(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
    return InvalidArgumentError(
        absl::StrCat("cannot save ", Printable(path, 1024),
                     ": it is no directory; a path to a file ends in .pb or .pbtxt"));
  }
  const absl::Status synced = SyncDirectoryOf(path, fs);
  return *made ? synced : absl::OkStatus();
}

// The weights, durable before the model file that names them, which then is in force.
absl::Status WriteInOrder(const std::string& weights_path, const SafetensorsBytes& weights,
                          const Destination& file, absl::string_view bytes, FileSystem& fs) {
  if (!weights_path.empty()) {
    std::vector<absl::string_view> parts = {weights.header};
    parts.insert(parts.end(), weights.data.begin(), weights.data.end());
    DAGRAD_RETURN_IF_ERROR(WriteTo({weights_path}, parts, fs));
    DAGRAD_RETURN_IF_ERROR(SyncDirectoryOf(weights_path, fs));
  }
  return WriteTo(file, {bytes}, fs);
}

absl::Status WriteBoth(const std::string& path, Model model, const TensorMap& state,
                       FileSystem& fs) {
  DAGRAD_ASSIGN_OR_RETURN(const Destination file, FindDestination(path, fs));
  const ModelPlace place(file.path);
  DirectoryLock lock(&fs);
  DAGRAD_RETURN_IF_ERROR(lock.Acquire(place.directory));
  const Safetensors contents{state, {}};
  SafetensorsBytes weights;
  std::string name;
  if (!state.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(weights, EncodeSafetensors(contents));
    name = WeightsName(place.stem, weights.header);
    model.metadata[kWeightsKey] = name;
  }
  // Text that cannot be written must not cost a weights file.
  const absl::StatusOr<std::string> bytes =
      IsText(file.path) ? ModelToText(model) : SerializeModel(model);
  DAGRAD_RETURN_IF_ERROR(bytes.status());
  const absl::Status written =
      WriteInOrder(name.empty() ? "" : place.directory + name, weights, file, *bytes, fs);
  if (!written.ok()) {
    RemoveLeftovers(place, "", fs);  // the new weights, which no model file names
    return written;
  }
  // Older weights stay if a loss of power may bring the older model file back.
  DAGRAD_RETURN_IF_ERROR(SyncWritten(file, fs));
  RemoveLeftovers(place, name, fs);
  return absl::OkStatus();
}

absl::StatusOr<Model> ReadModel(const std::string& file, const OpLookup& find_op,
                                const LoadOptions& options) {
  Budget::Lease lease;
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFile(file, options.limits.bytes, options.limits.budget, &lease));
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
    return PermissionDeniedError(absl::StrCat(Printable(file, 1024), ": names \"", Printable(name),
                                              "\" as its weights, which is no file beside it"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::string target, FollowLinks(file, FileSystem::Posix()));
  std::string path = ModelPlace(target).directory + name;
  loaded.weights_file = path;
  if (!options.weights) return loaded;
  const ReadSafetensorsOptions reading{options.verify, /*follow_symlinks=*/false, options.map,
                                       options.limits.budget};
  absl::StatusOr<Safetensors> weights = ReadSafetensors(path, reading);
  if (absl::IsNotFound(weights.status()) && target != file) {  // beside the link itself
    absl::StatusOr<Safetensors> beside =
        ReadSafetensors(ModelPlace(file).directory + name, reading);
    if (beside.ok()) weights = std::move(beside);
  }
  DAGRAD_RETURN_IF_ERROR(weights.status());
  loaded.state = std::move(weights->tensors);
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
      errors.push_back(NotFoundError(absl::StrCat(what, ", ", s.type.ToString(), ", is missing")));
    } else if (it->second.dtype() != s.type.dtype || !s.type.shape.IsStatic() ||
               it->second.dims() != s.type.shape.ToDims()) {
      errors.push_back(InvalidArgumentError(
          absl::StrCat(what, " is ", DTypeName(it->second.dtype()), DimsToString(it->second.dims()),
                       "; the model declares ", s.type.ToString())));
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!declared.contains(name)) {
      errors.push_back(InvalidArgumentError(
          absl::StrCat("state \"", Printable(name), "\", ", DTypeName(tensor.dtype()),
                       DimsToString(tensor.dims()), ", is not declared by the model")));
    }
  }
  return errors;
}

absl::Status SaveModel(const std::string& path, const Model& model, const TensorMap& state,
                       FileSystem& fs) try {
  absl::Status sound = ValidateModel(model);
  if (sound.ok() && !state.empty()) {
    const std::vector<absl::Status> errors = CheckState(model, state);
    if (!errors.empty()) sound = errors[0];
  }
  if (!sound.ok()) return Prefixed(absl::StrCat("cannot save ", Printable(path, 1024)), sound);
  if (IsModelFile(path)) return WriteBoth(path, model, state, fs);
  if (path.empty()) return InvalidArgumentError("cannot save a model without a path");
  struct stat info = {};
  if (LooksLikeFile(path) && fs.Inspect(path, &info) != 0) {
    return InvalidArgumentError(absl::StrCat(
        "cannot save ", Printable(path, 1024),
        ": a model is saved as a directory, or as a file that ends in .pb or .pbtxt; end the path "
        "with / for a directory of this name"));
  }
  std::string directory = path;
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  bool made = false;
  absl::Status saved = MakeDirectory(directory, fs, &made);
  if (saved.ok()) saved = WriteBoth(absl::StrCat(directory, "/model.pb"), model, state, fs);
  if (!saved.ok() && made) fs.Remove(directory);  // if it is empty
  return saved;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::string> FindModelFile(const std::string& path) try {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "open", path);
  if (!S_ISDIR(info.st_mode)) return path;
  const std::string base = absl::StrCat(path, absl::EndsWith(path, "/") ? "" : "/", "model");
  for (const char* suffix : {".pb", ".pbtxt"}) {
    if (stat((base + suffix).c_str(), &info) == 0) return base + suffix;
    if (errno != ENOENT) return ErrnoStatus(errno, "open", base + suffix);
  }
  return NotFoundError(
      absl::StrCat(Printable(path, 1024), " holds neither model.pb nor model.pbtxt"));
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<LoadedModel> LoadModel(const std::string& path, const OpLookup& find_op,
                                      const LoadOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::string file, FindModelFile(path));
  absl::StatusOr<LoadedModel> loaded = LoadBoth(file, find_op, options);
  // A save in between removes the weights that the model file named a moment ago.
  for (int attempt = 0;
       attempt < 3 && absl::IsNotFound(loaded.status()) && options.errors == nullptr; ++attempt) {
    loaded = LoadBoth(file, find_op, options);
  }
  return loaded;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
