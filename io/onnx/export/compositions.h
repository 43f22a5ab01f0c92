#ifndef DAGRAD_IO_ONNX_EXPORT_COMPOSITIONS_H_
#define DAGRAD_IO_ONNX_EXPORT_COMPOSITIONS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/io/onnx/export/node_export.h"
#include "dagrad/io/onnx/export/rows/rows.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/io/onnx/written.h"

namespace dagrad::onnx {

// Writes a node that is a composition: of halves, as dagrad computes it, in float32 and rounded
// once. Gives its results, Transpose not yet applied.
absl::StatusOr<std::vector<NodeExport::Result>> WriteComposition(const Node& node,
                                                                 const ExportRow& row,
                                                                 int64_t opset,
                                                                 const NodeSurroundings& around,
                                                                 NodeWriter* writer, Sizes* sizes);

// The functions of a model that is written: one for each op with the same attributes, types and
// wanted results, whose body are ordinary nodes of ONNX.
class Compositions {
 public:
  Compositions(proto::Model* model, int64_t opset) : model_(model), opset_(opset) {}

  struct Composition {
    std::string name;
    std::vector<Dim> sizes;  // inputs behind those of the op: symbols, each an int64[1]
  };
  // `around` gives the types of the node; its values are those of the function.
  absl::StatusOr<const Composition*> Of(const Node& node, const ExportRow& row,
                                        NodeSurroundings around);

 private:
  absl::StatusOr<Composition> Make(const Node& node, const ExportRow& row, NodeSurroundings around,
                                   std::string text);

  proto::Model* model_;
  int64_t opset_;
  NameSet names_;
  std::map<std::string, Composition> made_;  // by the text of the op
};

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_COMPOSITIONS_H_
