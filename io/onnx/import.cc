#include "dagrad/io/onnx/import.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/onnx/graph_import.h"

namespace dagrad::io {

absl::StatusOr<LoadedModel> ImportOnnx(const onnx::proto::Model& model,
                                       const std::string& directory,
                                       const ImportOnnxOptions& options) try {
  onnx::GraphImport import(model, directory, options);
  DAGRAD_RETURN_IF_ERROR(import.Run());
  DAGRAD_ASSIGN_OR_RETURN(LoadedModel loaded, import.Finish());
  DAGRAD_RETURN_IF_ERROR(ValidateModel(loaded.model));
  return loaded;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<LoadedModel> ImportOnnx(const std::string& path,
                                       const ImportOnnxOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model model, onnx::ReadModel(path, options.limits));
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "."
                                : slash == 0               ? "/"
                                                           : path.substr(0, slash);
  absl::StatusOr<LoadedModel> loaded = ImportOnnx(model, directory, options);
  if (!loaded.ok()) return Prefixed(path, loaded.status());
  return loaded;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
