#ifndef DAGRAD_IO_ONNX_IMPORT_H_
#define DAGRAD_IO_ONNX_IMPORT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/onnx/read.h"

namespace dagrad::io {

struct ImportOnnxOptions {
  // What initializers of floats become: state that is trained, state that is not, or constants of
  // the graph. Those of other dtypes and scalars are constants; running means and variances of
  // BatchNormalization are not trained.
  enum class Weights { kTrainable, kFrozen, kConstant };
  Weights weights = Weights::kTrainable;
  std::string function = "predict";  // the name of the function that is made
  // Inputs that are not fed, but have these values for good. What dagrad must know when the graph
  // is made (shapes for Reshape, axes, repeats, …) may be an input of an ONNX model. Each has the
  // dtype that its input declares, and dims that fit; one number may have others. It takes the
  // place of an initializer that is its input's default.
  std::map<std::string, Tensor> constants = {};
  // Shapes of inputs, instead of those in the file, with symbols or without.
  std::map<std::string, Shape> shapes = {};
  onnx::ReadLimits limits = {};
};

// A model of an ONNX file as one of dagrad's: its graph is a function with the names and order of
// the file's inputs and outputs; initializers of floats that its nodes read are state under their
// names (one whose value an op must know is taken as it is in the file). Opsets 1 to 28 of the
// default domain. What an op needs to know of shapes is computed while the model is imported, with
// symbols where the file has them ("batch"). Convolutions and what follows them run with the
// channels at the end, transposed only where they meet an op that needs it otherwise. If, Loop and
// Scan become nodes with bodies, or are taken in (docs/onnx.md); model-local functions always are.
//
// A model that dagrad wrote (io/onnx/export) comes back as it was: its function under its own name,
// unless `function` says another, with its ops, its state (trained or frozen, and updated), symbols
// and metadata.
//
// Tensors outside of the file are mapped from files in its directory or below, which must stay as
// they are while a tensor of them lives (onnx::ExternalData).
//
// Errors name node and op: Unimplemented for ops (all of them at once, with counts), attributes,
// dtypes and opsets that are not read; FailedPrecondition for a value that an op needs to know and
// that is computed from an input; InvalidArgument and DataLoss for a file that is wrong.
absl::StatusOr<LoadedModel> ImportOnnx(const std::string& path,
                                       const ImportOnnxOptions& options = {});

// The same of a model in memory; `directory` is where its external data stands, if there is any.
absl::StatusOr<LoadedModel> ImportOnnx(const onnx::proto::Model& model,
                                       const std::string& directory,
                                       const ImportOnnxOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_ONNX_IMPORT_H_
