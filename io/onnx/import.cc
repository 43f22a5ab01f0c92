#include "dagrad/io/onnx/import.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/onnx/graph_import.h"

namespace dagrad::io {
namespace {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// Where a symbolic link leads to, a canonical path; empty if the file is none, or is not there.
std::string TargetOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return "";
  return std::filesystem::canonical(path, error).string();
}

absl::StatusOr<LoadedModel> Import(const onnx::proto::Model& model, const std::string& directory,
                                   const ImportOnnxOptions& options, const std::string& linked) {
  onnx::GraphImport import(model, directory, options, linked);
  DAGRAD_RETURN_IF_ERROR(import.Run());
  DAGRAD_ASSIGN_OR_RETURN(LoadedModel loaded, import.Finish());
  DAGRAD_RETURN_IF_ERROR(ValidateModel(loaded.model));
  return loaded;
}

}  // namespace

absl::StatusOr<LoadedModel> ImportOnnx(const onnx::proto::Model& model,
                                       const std::string& directory,
                                       const ImportOnnxOptions& options) try {
  return Import(model, directory, options, "");
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<LoadedModel> ImportOnnx(const std::string& path,
                                       const ImportOnnxOptions& options) try {
  // What is read is what the directory is of, even if the link is changed meanwhile.
  const std::string target = TargetOf(path);
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model model,
                          onnx::ReadModel(target.empty() ? path : target, options.limits));
  absl::StatusOr<LoadedModel> loaded =
      Import(model, DirectoryOf(path), options, target.empty() ? "" : DirectoryOf(target));
  if (!loaded.ok()) return Prefixed(path, loaded.status());
  return loaded;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
