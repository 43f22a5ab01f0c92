#ifndef DAGRAD_IO_ONNX_EXPORT_MODEL_EXPORT_H_
#define DAGRAD_IO_ONNX_EXPORT_MODEL_EXPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/export/graph_export.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

// Writes one function of a model as a model of ONNX (io::ToOnnx).
class ModelExport {
 public:
  ModelExport(const Model& model, const io::TensorMap& state, const io::ExportOnnxOptions& options);

  // Without bytes, initializers have their types alone.
  absl::StatusOr<proto::Model> Run(bool with_bytes);

 private:
  void AddHead();
  void AddMetadata(const std::string& key, const std::string& value);
  absl::Status AddState(GraphExport* graph);
  void NameOutputs(GraphExport* graph);
  void AddOutputs(GraphExport* graph);
  std::string SizeOf(const Dim& dim);

  const Model& model_;
  const io::TensorMap& state_;
  const io::ExportOnnxOptions& options_;
  const Function* function_;  // null: there is none
  const int64_t opset_;
  proto::Model out_;
  NameSet names_;
  NodeWriter writer_{out_.mutable_graph()->mutable_node(), &names_};
  UnsupportedOps unsupported_;
  Compositions compositions_;
  std::vector<std::string> outputs_;  // names in the file: outputs, then updates
};

// Gives initializers that have no bytes, nor a place in a file, those of `state`.
void AddBytes(const io::TensorMap& state, proto::Model* model);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_MODEL_EXPORT_H_
