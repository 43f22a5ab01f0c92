#ifndef DAGRAD_IO_ONNX_CONTROL_IMPORT_H_
#define DAGRAD_IO_ONNX_CONTROL_IMPORT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/io/onnx/graph_import.h"
#include "dagrad/io/onnx/node_import.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad::onnx {

// One node with graphs. The graph of a branch or a step is imported again for each way in which
// that is tried.
class ControlImport {
 public:
  ControlImport(GraphImport* import, const proto::Node& node,
                const std::vector<ImportedPtr>& inputs, const GraphImport::Opsets& opsets,
                const ValueScope& scope, int depth)
      : import_(*import),
        inputs_(inputs),
        opsets_(opsets),
        scope_(scope),
        depth_(depth),
        c_(node, 1, import->builder_, inputs, &import->external_) {}

  absl::Status If(std::vector<ImportedPtr>* outputs);
  absl::Status Loop(std::vector<ImportedPtr>* outputs);
  absl::Status Scan(std::vector<ImportedPtr>* outputs);

 private:
  absl::StatusOr<const proto::Graph*> Graph(absl::string_view attribute) const;
  // The graph's outputs for these inputs, where nodes are made now: its values are in `scope`.
  absl::StatusOr<std::vector<ImportedPtr>> Import(const proto::Graph& graph,
                                                  const std::vector<ImportedPtr>& inputs,
                                                  ValueScope* scope);
  // The same in a body, as values of it. After an error, which status_ then is, none.
  Values ImportInto(GraphBuilder* body, const proto::Graph& graph,
                    const std::vector<ImportedPtr>& inputs, std::vector<bool>* flags = nullptr);

  // ---- Loop
  absl::Status ReadLoop();
  absl::Status Unroll(std::vector<ImportedPtr>* outputs);
  // False, with nothing made, where a step changes the type of what is carried, or an op in it must
  // know the number of the step.
  absl::StatusOr<bool> LoopAsScan(const Dim& steps, std::vector<ImportedPtr>* outputs);
  // Of at most `bound` steps; 0: of any number.
  absl::Status LoopAsWhile(int64_t bound, std::vector<ImportedPtr>* outputs);
  // Whether the condition that a step gives is the one that it gets, or true.
  bool IsForLoop() const;
  // A number or flag as the graph's input i declares it: with rank 0, or as [1].
  Value AsDeclared(int i, Value scalar) const;

  GraphImport& import_;
  const std::vector<ImportedPtr>& inputs_;
  const GraphImport::Opsets& opsets_;
  const ValueScope& scope_;
  const int depth_;
  NodeImport c_;
  absl::Status status_;  // of what was imported into bodies

  const proto::Graph* body_ = nullptr;
  std::vector<ImportedPtr> carried_;
};

inline ImportedPtr ImportedOf(Value value) {
  auto v = std::make_shared<Imported>();
  v->value = value;
  return v;
}

inline ImportedPtr ImportedOf(Tensor constant) {
  auto v = std::make_shared<Imported>();
  v->constant = std::move(constant);
  return v;
}

// Whether one bool is known, and which.
std::optional<bool> KnownBool(const Imported* v);
bool HasSequence(const std::vector<ImportedPtr>& values);
Value ScalarOf(Value v);
// "output 1 is float32[2] of one branch and float32[3]"
std::string Differs(absl::string_view what, size_t i, const ValueType& a, absl::string_view other,
                    const ValueType& b);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_CONTROL_IMPORT_H_
