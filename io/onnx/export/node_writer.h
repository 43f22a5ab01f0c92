#ifndef DAGRAD_IO_ONNX_EXPORT_NODE_WRITER_H_
#define DAGRAD_IO_ONNX_EXPORT_NODE_WRITER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

// The names of one model's values: none is given twice, in graphs of attributes neither.
class NameSet {
 public:
  // `base`, or `base` with a number behind it.
  std::string Unique(absl::string_view base);
  // False if it is taken.
  bool Take(absl::string_view name) { return names_.insert(std::string(name)).second; }

 private:
  HashSet<std::string> names_;
  HashMap<std::string, int> next_;
};

// An attribute of a node of ONNX: int, float, string, ints, tensor or graph. A number with a
// fraction is written as float32.
struct NodeAttribute {
  using Value =
      std::variant<int64_t, double, std::string, std::vector<int64_t>, Tensor, proto::Graph>;
  NodeAttribute(absl::string_view n, Value v) : name(n), value(std::move(v)) {}
  NodeAttribute(absl::string_view n, int64_t v) : name(n), value(v) {}
  NodeAttribute(absl::string_view n, double v) : name(n), value(v) {}
  NodeAttribute(absl::string_view n, int v) : name(n), value(int64_t{v}) {}
  NodeAttribute(absl::string_view n, bool v) : name(n), value(int64_t{v}) {}
  NodeAttribute(absl::string_view n, const char* v) : name(n), value(std::string(v)) {}

  absl::string_view name;
  Value value;
};
using NodeAttributes = std::vector<NodeAttribute>;

// Elements as raw bytes; without a name.
void ToProto(const Tensor& tensor, proto::Tensor* out);

// Writes the nodes of one graph, or of one function.
class NodeWriter {
 public:
  using Nodes = google::protobuf::RepeatedPtrField<proto::Node>;
  NodeWriter(Nodes* nodes, NameSet* names) : nodes_(nodes), names_(names) {}

  // Nodes that are added are named after this, and so are their results.
  void set_scope(std::string scope) { scope_ = std::move(scope); }
  // Adds a node; gives the names of its outputs. An empty input is one that is absent.
  std::vector<std::string> Add(absl::string_view op, std::vector<std::string> inputs,
                               const NodeAttributes& attributes, int outputs = 1);
  // The name of a constant; equal ones are made once.
  std::string Constant(const Tensor& value);

  // From node `from` on, the result `old_name` becomes `new_name`. False if it is not the result of
  // one of them, or is what Constant() gave.
  bool Rename(int from, const std::string& old_name, const std::string& new_name);

  Nodes* nodes() { return nodes_; }
  NameSet* names() { return names_; }
  int size() const { return nodes_->size(); }

 private:
  Nodes* nodes_;
  NameSet* names_;
  std::string scope_;
  HashMap<std::string, std::string> constants_;  // names by type and bytes
  HashSet<std::string> constant_names_;
};

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_NODE_WRITER_H_
