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

namespace dagrad::io {

// A model in files: "titanic" is the directory titanic with model.pb and the weights beside it; a
// path that ends in
// ".pb" (binary) or ".pbtxt" (text) is that very file. Weights are safetensors, named
// "<stem>-<id>.safetensors" after the model file's stem ("model") and their content; the model file
// names the one that belongs to it, in the metadata entry "dagrad.weights", and is written last. So
// a save is one step: whoever loads finds all of the old or all of the new, whatever happens in
// between. Older weights of that stem are removed afterwards.
//
// Saves into one directory exclude each other (flock); loads need no lock.

using TensorMap = std::map<std::string, Tensor>;

struct LoadedModel {
  Model model;
  TensorMap state;  // of every declared state; empty if the model was saved without
};

// Writes `model` and its `state`: a tensor for every declared state, of its type, and no other; or
// none at all, for a model without weights. A directory is made if needed; its parent must exist.
// After an error the older files are whole and in force.
absl::Status SaveModel(const std::string& path, const Model& model, const TensorMap& state);

struct LoadOptions {
  ReadLimits limits;
  bool verify = true;  // checksums of the weights
  // If given, receives every error found in the model file, instead of the first alone.
  std::vector<absl::Status>* errors = nullptr;
};

// Reads and validates both. The weights are mapped: their memory is shared with the system's cache
// until written to, which does not change the file. Errors name the file. NotFound for a weight
// that is missing, InvalidArgument for one of another type or that the model does not declare.
absl::StatusOr<LoadedModel> LoadModel(const std::string& path, const OpLookup& find_op,
                                      const LoadOptions& options = {});

// The model file that `path` means: itself, or of a directory model.pb, or else model.pbtxt.
absl::StatusOr<std::string> FindModelFile(const std::string& path);

// Whether `state` has what `model` declares, and nothing else. All errors.
std::vector<absl::Status> CheckState(const Model& model, const TensorMap& state);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_MODEL_FILE_H_
