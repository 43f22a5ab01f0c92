#ifndef DAGRAD_IO_ONNX_EXPORT_EXPORT_H_
#define DAGRAD_IO_ONNX_EXPORT_EXPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/io/file_system.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::io {

struct ExportOnnxOptions {
  std::string function = "predict";  // which function of the model is the graph
  // Of ONNX's own domain, 17 to 28. Without: 17, or 18 where random numbers are drawn, which no
  // earlier one can. Operations on bits and hashes need 18, those on strings up to 20.
  std::optional<int64_t> opset = std::nullopt;
  // What is written for ops that ONNX does not have: calls of functions in the file, named after
  // the op, whose bodies are nodes of ONNX's own ops, so that an import finds the op again; or
  // those nodes themselves.
  enum class Compositions { kFunctions, kNodes };
  Compositions compositions = Compositions::kFunctions;
  // State of that many bytes or more stands in a file of its own beside the model's, "<its
  // name>-<16 hexadecimal digits>.data", the digits made of what stands in it. Without: all that
  // has 1 KiB or more, if the file would otherwise be larger than 2 GiB - 16 MiB, which is more
  // than protobuf reads.
  std::optional<int64_t> external_bytes = std::nullopt;
};

// One function of `model` as a model of ONNX. Inputs and outputs have the function's names, their
// order and their symbols ("batch"). `state` has a tensor for every state that the function reads
// or updates.
//
// - A function that updates no state (predict): state are initializers under their names.
// - One that does (train_step): state that it reads are inputs too, behind the function's own, with
//   the initializers as defaults; the new value of state "w" is the output "w:new", behind the
//   function's own. So a runtime trains by feeding outputs back. Random keys are such state.
//
// An output with the name of an input or a state that it is not gets ":out" behind its name. The
// metadata of the model says what ONNX has no place for, so that ImportOnnx gives back the same
// function, with the same bits: "dagrad.function" (name), "dagrad.state.<name>" (trainable or
// frozen), "dagrad.update.<output>" (state), "dagrad.output.<output>" (its name here),
// "dagrad.metadata.<key>" (of the model). docs/onnx.md has a table of ops and compositions.
//
// Errors: NotFound for a function or a state's tensor that is not there; InvalidArgument for a
// model that is not valid, or an opset outside 17 to 28; Unimplemented naming all ops, with counts
// and nodes, that cannot be written at this opset.
absl::StatusOr<onnx::proto::Model> ToOnnx(const Model& model, const TensorMap& state,
                                          const ExportOnnxOptions& options = {});

// Writes that to `path`, which is followed if it is a link, and state that stands outside of it
// (external_bytes) beside it, first. An export is one step, as SaveModel's: whoever reads finds all
// of the old model or all of the new, with its data, which keeps the name that the model gives it.
// Afterwards data of that model's name is removed that no model file of the directory names.
// Exports into one directory exclude each other (flock). After an error the old files are whole and
// in force, and nothing new is left; but for "is written and in force, but may not outlive a loss
// of power", if the last step fails, the sync of the directory. InvalidArgument where data would
// stand beside a pipe or a device.
absl::Status ExportOnnx(const Model& model, const TensorMap& state, const std::string& path,
                        const ExportOnnxOptions& options = {},
                        FileSystem& fs = FileSystem::Posix());

}  // namespace dagrad::io

#endif  // DAGRAD_IO_ONNX_EXPORT_EXPORT_H_
