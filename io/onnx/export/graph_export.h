#ifndef DAGRAD_IO_ONNX_EXPORT_GRAPH_EXPORT_H_
#define DAGRAD_IO_ONNX_EXPORT_GRAPH_EXPORT_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/io/onnx/export/compositions.h"
#include "dagrad/io/onnx/export/node_export.h"
#include "dagrad/io/onnx/export/sizes.h"

namespace dagrad::onnx {

// What the nodes of a model could not be written for, by op.
class UnsupportedOps {
 public:
  void Add(const Node& node, const absl::Status& why);
  // OK if there are none; else Unimplemented with all of them, counted.
  absl::Status status() const;

 private:
  struct Entry {
    std::vector<std::string> nodes;
    std::string why;  // of the first
  };
  std::map<std::string, Entry> ops_;
};

// What the graphs of one model share.
struct ExportContext {
  int64_t opset = 17;
  // Null: compositions are written as the nodes that they are made of.
  Compositions* compositions = nullptr;
  UnsupportedOps* unsupported = nullptr;
};

// Writes the nodes of one function. A value of dagrad is kept as a tensor of ONNX and a permutation
// of its axes, so that transposes which cancel each other are never written.
class GraphExport {
 public:
  GraphExport(const Function& function, const ExportContext& context, NodeWriter* writer,
              Sizes::Find find_size);

  // The value is the tensor `name`: of inputs and states, before Run().
  void Bind(ValueRef value, const std::string& name);
  // What the value shall be called if it can be.
  void Name(ValueRef value, const std::string& name) { wished_[Key(value)] = name; }
  absl::Status Run();
  // The tensor Transpose(value, perm), after Run().
  std::string Get(ValueRef value, const Perm& perm);
  std::string Get(ValueRef value);

 private:
  struct Stored {
    std::string name;  // of a tensor t
    Perm perm;         // the value is Transpose(t, perm)
  };
  static std::pair<NodeId, int32_t> Key(ValueRef v) { return {v.node, v.port}; }

  // The size that a node of this function has bound to the symbol; "" if none has.
  std::string BoundSize(const Dim& dim);
  absl::Status ExportNode(NodeId id);
  // The permutation of the tensors that the node, which works element by element, is applied to.
  Perm PermOf(const Node& node) const;
  NodeSurroundings SurroundingsOf(NodeId id, const Perm& perm);
  std::string InputOf(const Node& node, int i, const Perm& layout, const Perm& perm);
  absl::Status Call(NodeId id, const ExportRow& row, const NodeSurroundings& around, NodeExport* c);
  void Keep(NodeId id, int from, const Perm& layout,
            const std::vector<NodeExport::Result>& results);

  const Function& function_;
  const ExportContext& context_;
  NodeWriter* writer_;
  Sizes sizes_;
  std::map<std::pair<NodeId, int32_t>, Stored> stored_;
  std::map<std::pair<NodeId, int32_t>, std::string> wished_;
  std::map<std::pair<std::string, Perm>, std::string> transposed_;
  std::vector<std::vector<bool>> wanted_;  // by node and output
};

// Writes a function that a node has as an attribute: its outputs, for `operands` as its inputs.
// Symbols that are not its own are sizes of `outside`. Compositions in it are written as nodes.
absl::StatusOr<std::vector<std::string>> WriteBody(const Function& body, int64_t opset,
                                                   NodeWriter* writer,
                                                   const std::vector<std::string>& operands,
                                                   Sizes* outside);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_GRAPH_EXPORT_H_
