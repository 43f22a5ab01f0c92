#ifndef DAGRAD_IO_ONNX_GRAPH_IMPORT_H_
#define DAGRAD_IO_ONNX_GRAPH_IMPORT_H_

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/onnx/external_data.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/node_import.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/onnx/written.h"

namespace dagrad::onnx {

// The domain of ops by its one name: ONNX's own has two, "" and "ai.onnx".
inline std::string DomainOf(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

// Imports the graph of one model into one builder.
class GraphImport {
 public:
  using Opsets = std::map<std::string, int64_t>;  // versions by domain

  // `directory` and `linked` as ExternalData has them.
  GraphImport(const proto::Model& model, const std::string& directory,
              const io::ImportOnnxOptions& options, const std::string& linked = "");

  absl::Status Run();
  // After Run() was OK.
  absl::StatusOr<io::LoadedModel> Finish();

 private:
  friend class ControlImport;

  absl::Status ReadOpsets();
  // Lists all ops that are not known.
  absl::Status CheckOps() const;
  absl::Status AddInitializers(const proto::Graph& graph, ValueScope* scope, bool is_outermost);
  absl::Status AddInputs();
  absl::Status AddInput(const proto::ValueInfo& input);
  absl::StatusOr<Shape> ShapeOfInput(const proto::ValueInfo& input) const;
  absl::StatusOr<Tensor> ConstantOf(const proto::ValueInfo& input, Tensor constant) const;
  absl::btree_set<std::string> SymbolsOfInputs() const;
  absl::Status AddOutputs();
  absl::Status ImportNodes(const google::protobuf::RepeatedPtrField<proto::Node>& nodes,
                           const Opsets& opsets, ValueScope* scope, int depth);
  absl::Status ImportNode(const proto::Node& node, const Opsets& opsets, ValueScope* scope,
                          int depth);
  absl::Status ImportByRow(const proto::Node& node, const Row& row, int64_t version,
                           const std::vector<ImportedPtr>& inputs,
                           std::vector<ImportedPtr>* outputs);
  // If all inputs are known and not too large, so are the results.
  bool Fold(const proto::Node& node, const Row& row, int64_t version,
            const std::vector<ImportedPtr>& inputs, std::vector<ImportedPtr>* outputs);
  absl::Status ImportCall(const proto::Node& node, const proto::Function& function,
                          const std::vector<ImportedPtr>& inputs, std::vector<ImportedPtr>* outputs,
                          int depth);
  // If, Loop and Scan.
  absl::Status ImportControl(const proto::Node& node, const std::vector<ImportedPtr>& inputs,
                             const Opsets& opsets, const ValueScope& scope,
                             std::vector<ImportedPtr>* outputs, int depth);
  // The derivatives of a value with respect to others, where those stand as they are in the graph.
  absl::Status ImportGradient(const proto::Node& node, const std::vector<ImportedPtr>& inputs,
                              const ValueScope& scope, std::vector<ImportedPtr>* outputs);
  absl::StatusOr<std::vector<ImportedPtr>> InputsOf(const proto::Node& node,
                                                    const ValueScope& scope) const;
  const proto::Function* FindFunction(const proto::Node& node) const;
  // The op that the function was written for, if dagrad wrote it; null otherwise.
  const Function* WrittenOpOf(const proto::Function& function);
  bool IsTrainable(const Imported& weight) const;

  const proto::Model& model_;
  const io::ImportOnnxOptions& options_;
  const Written written_;
  std::map<const proto::Function*, std::optional<Function>> written_ops_;
  ExternalData external_;
  GraphBuilder root_;
  GraphBuilder* builder_ = &root_;  // that, or of a body in it that is being imported
  ValueScope scope_;
  Opsets opsets_;
  // By domain, name and overload.
  std::map<std::tuple<std::string, std::string, std::string>, const proto::Function*> functions_;
  int64_t nodes_ = 0;  // imported so far, those of functions each time that they are called
  int64_t attribute_bytes_ = int64_t{1} << 22;  // left for attributes that functions hand on
  int64_t foldable_ = int64_t{1} << 25;         // elements left for values computed at import
  std::vector<ImportedPtr> weights_;
};

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_GRAPH_IMPORT_H_
