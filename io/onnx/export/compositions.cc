#include "dagrad/io/onnx/export/compositions.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/export/graph_export.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

std::string InputName(size_t i) { return absl::StrCat("x", i); }
std::string OutputName(size_t i) { return absl::StrCat("y", i); }

// A model of one function, which applies the op.
Model OnlyNode(const Node& node, const NodeSurroundings& around) {
  Function f;
  f.name = std::string(node.op->name);
  Node op;
  op.op = node.op;
  op.name = f.name;
  op.attrs = node.attrs;
  op.outputs = around.outputs;
  for (size_t i = 0; i < around.inputs.size(); ++i) {
    Node input;
    input.op = &InputOp();
    input.name = InputName(i);
    input.attrs.Set("dtype", around.inputs[i].dtype);
    input.attrs.Set("shape", around.inputs[i].shape);
    input.outputs = {around.inputs[i]};
    f.inputs.push_back(static_cast<NodeId>(i));
    op.inputs.push_back({static_cast<NodeId>(i), 0});
    f.nodes.push_back(std::move(input));
  }
  const auto id = static_cast<NodeId>(f.nodes.size());
  f.nodes.push_back(std::move(op));
  for (size_t i = 0; i < around.outputs.size(); ++i) {
    if (around.wanted[i]) f.outputs.push_back({OutputName(i), {id, static_cast<int32_t>(i)}, ""});
  }
  Model model;
  model.functions.push_back(std::move(f));
  return model;
}

// The dimension as a size of one of the inputs.
std::string FindAmong(const std::vector<ValueType>& inputs, const Dim& dim, NodeWriter* writer) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    for (int a = 0; a < inputs[i].shape.rank(); ++a) {
      if (inputs[i].shape.dim(a) == dim) return SizeOfAxis(writer, InputName(i), a);
    }
  }
  return "";
}

bool IsSymbol(const Dim& dim) {
  absl::btree_set<std::string> symbols;
  dim.CollectSymbols(&symbols);
  return symbols.size() == 1 && *symbols.begin() == dim.ToString();
}

// In which dtype a composition computes what has `dtype`.
DType WideOf(const Node& node, DType dtype) {
  const bool is_half = dtype == DType::kFloat16 || dtype == DType::kBFloat16;
  return is_half && !node.op->Has(kControl) ? DType::kFloat32 : dtype;
}

// Whether it is known that no wanted output has an element.
bool IsEmpty(const NodeSurroundings& around) {
  for (size_t i = 0; i < around.outputs.size(); ++i) {
    if (around.wanted[i] && !(around.outputs[i].shape.NumElements() == Dim(0))) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<NodeExport::Result>> WriteComposition(const Node& node,
                                                                 const ExportRow& row,
                                                                 int64_t opset,
                                                                 const NodeSurroundings& around,
                                                                 NodeWriter* writer, Sizes* sizes) {
  NodeSurroundings wide = around;
  for (ValueType& type : wide.inputs) type.dtype = WideOf(node, type.dtype);
  for (ValueType& type : wide.outputs) type.dtype = WideOf(node, type.dtype);
  const auto cast = [&](std::string name, DType from) {
    if (WideOf(node, from) == from || name.empty()) return name;
    return writer->Add("Cast", {name}, {{"to", int64_t{DataTypeOf(DType::kFloat32)}}})[0];
  };
  wide.input = [&](int i, const Perm& perm) {
    return cast(around.input(i, perm), around.inputs[i].dtype);
  };
  wide.stored = [&](int i) {
    auto [name, perm] = around.stored(i);
    return std::pair(cast(std::move(name), around.inputs[i].dtype), std::move(perm));
  };
  NodeExport c(node, opset, wide, writer, sizes);
  if (IsEmpty(wide)) {
    // Whatever computes no element.
    for (int i = 0; i < static_cast<int>(wide.outputs.size()); ++i)
      c.out(i, c.Op("Expand", {c.Scalar(0, c.out_dtype(i)), c.SizesOf(c.out_shape(i))}));
  } else {
    row.write(c);
  }
  DAGRAD_RETURN_IF_ERROR(c.status());
  std::vector<NodeExport::Result> results = c.results();
  for (size_t i = 0; i < results.size(); ++i) {
    const DType dtype = around.outputs[i].dtype;
    Var& y = results[i].value;
    if (!around.wanted[i] || WideOf(node, dtype) == dtype) continue;
    y.name = writer->Add("Cast", {y.name}, {{"to", int64_t{DataTypeOf(dtype)}}})[0];
  }
  return results;
}

absl::StatusOr<const Compositions::Composition*> Compositions::Of(const Node& node,
                                                                  const ExportRow& row,
                                                                  NodeSurroundings around) {
  DAGRAD_ASSIGN_OR_RETURN(std::string text, ModelToText(OnlyNode(node, around)));
  const auto found = made_.find(text);
  if (found != made_.end()) return &found->second;
  DAGRAD_ASSIGN_OR_RETURN(Composition made, Make(node, row, std::move(around), text));
  return &made_.emplace(std::move(text), std::move(made)).first->second;
}

absl::StatusOr<Compositions::Composition> Compositions::Make(const Node& node, const ExportRow& row,
                                                             NodeSurroundings around,
                                                             std::string text) {
  Composition made;
  proto::Function f;
  NameSet names;
  NodeWriter writer(f.mutable_node(), &names);
  for (size_t i = 0; i < around.inputs.size(); ++i) {
    f.add_input(InputName(i));
    names.Take(InputName(i));
  }
  for (size_t i = 0; i < around.outputs.size(); ++i) names.Take(OutputName(i));
  const std::vector<ValueType> types = around.inputs;
  const std::vector<bool> wanted = around.wanted;
  Sizes sizes(&writer, [&](const Dim& dim) -> std::string {
    std::string name = FindAmong(types, dim, &writer);
    if (!name.empty() || !IsSymbol(dim)) return name;
    made.sizes.push_back(dim);
    f.add_input(names.Unique(absl::StrCat("size_", made.sizes.size())));
    return f.input(f.input_size() - 1);
  });
  std::map<std::pair<int, Perm>, std::string> transposed;
  around.input = [&](int i, const Perm& perm) -> std::string {
    const std::string name = InputName(static_cast<size_t>(i));
    if (perm == IdentityPerm(static_cast<int>(perm.size()))) return name;
    std::string& made_name = transposed[{i, perm}];
    if (made_name.empty()) made_name = writer.Add("Transpose", {name}, {{"perm", perm}})[0];
    return made_name;
  };
  around.stored = [&types](int i) {
    return std::pair(InputName(static_cast<size_t>(i)), IdentityPerm(types[i].shape.rank()));
  };
  around.write_body = [&](const Function& body, NodeWriter* to,
                          const std::vector<std::string>& operands) {
    return WriteBody(body, opset_, to, operands, &sizes);
  };
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<NodeExport::Result> results,
                          WriteComposition(node, row, opset_, around, &writer, &sizes));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    std::string y = results[i].value.name;
    if (results[i].perm != IdentityPerm(static_cast<int>(results[i].perm.size())))
      y = writer.Add("Transpose", {y}, {{"perm", results[i].perm}})[0];
    if (!writer.Rename(0, y, OutputName(i)))
      writer.Rename(0, writer.Add("Identity", {y}, {})[0], OutputName(i));
    f.add_output(OutputName(i));
  }
  made.name = names_.Unique(node.op->name);
  f.set_name(made.name);
  f.set_domain(kDagradDomain);
  f.set_doc_string(std::string(node.op->doc));
  f.add_opset_import()->set_version(opset_);
  proto::StringEntry* entry = f.add_metadata_props();
  entry->set_key(kFunctionMetadata);
  entry->set_value(std::move(text));
  *model_->add_functions() = std::move(f);
  return made;
}

}  // namespace dagrad::onnx
