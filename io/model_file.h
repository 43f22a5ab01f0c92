#ifndef DAGRAD_IO_MODEL_FILE_H_
#define DAGRAD_IO_MODEL_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/file_system.h"

namespace dagrad::io {

// A model in files: "titanic" is the directory titanic with model.pb and the weights beside it; a
// path that ends in ".pb" (binary) or ".pbtxt" (text) is that very file. Weights are safetensors,
// named "<stem>-<id>.safetensors" after the model file's stem ("model") and their content; the
// model file names the one that belongs to it, in the metadata entry "dagrad.weights", and is
// written last. So a save is one step: whoever loads finds all of the old or all of the new,
// whatever happens in between. Afterwards weights of that stem are removed that no model file of
// the directory names, copies and models of the other format included.
//
// Saves into one directory exclude each other (flock); loads need no lock.

using TensorMap = std::map<std::string, Tensor>;

struct LoadedModel {
  Model model;
  TensorMap state;           // of every declared state; empty if the model was saved without
  std::string weights_file;  // where they come from; empty likewise
};

// Writes `model` and its `state`: a tensor for every declared state, of its type, and no other; or
// none at all, for a model without weights. A directory is made if needed; its parent must exist.
// The model file is written as WriteFile does it: a link is followed, and the weights stand beside
// what it leads to.
//
// After an error the older files are whole and in force, and nothing new is left. One error is
// another: "is written and in force, but may not outlive a loss of power", if the last step fails,
// the sync of the directory. InvalidArgument if `path` is a file, but is not named like one, and
// for a new directory whose name looks like a file of another format ("m.keras", "m.h5"), unless
// the path ends in "/".
absl::Status SaveModel(const std::string& path, const Model& model, const TensorMap& state,
                       FileSystem& fs = FileSystem::Posix());

struct LoadOptions {
  ReadLimits limits;   // its budget holds for the weights too
  bool verify = true;  // checksums of the weights, of the very bytes that are returned
  // Maps the weights instead of reading them: nothing is copied, memory is shared with other
  // processes and with the system's cache. Then nobody may change that file in place while a tensor
  // of it lives (MappedFile in io/file.h says what happens); saves do not.
  bool map = false;
  bool weights = true;  // false: the model alone, without opening `weights_file`
  // If given, receives every error found in the model file, instead of the first alone.
  std::vector<absl::Status>* errors = nullptr;
};

// Reads and validates both. The weights stand beside the model file, or beside what it leads to if
// it is a symbolic link. Errors name the file. NotFound for a weight that is missing,
// InvalidArgument for one of another type or that the model does not declare. What was loaded is
// the caller's own: no change of the files can reach it, unless `map` says so.
absl::StatusOr<LoadedModel> LoadModel(const std::string& path, const OpLookup& find_op,
                                      const LoadOptions& options = {});

// The model file that `path` means: itself, or of a directory model.pb, or else model.pbtxt.
absl::StatusOr<std::string> FindModelFile(const std::string& path);

// Whether `state` has what `model` declares, and nothing else. All errors.
std::vector<absl::Status> CheckState(const Model& model, const TensorMap& state);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_MODEL_FILE_H_
