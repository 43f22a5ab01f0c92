#include "dagrad/graph/graph.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"

namespace dagrad {
namespace {

absl::Status InferDeclared(InferContext& c) {
  const DType dtype = c.attr<DType>("dtype");
  if (dtype == DType::kInvalid) return InferContext::Fail("placeholder_c1", "dtype is invalid");
  c.SetOutput(0, dtype, c.attr<Shape>("shape"));
  return absl::OkStatus();
}

OpDef MakePlaceholder(absl::string_view name, absl::string_view label, DTypeSet dtypes,
                      absl::string_view doc) {
  return {.name = name,
          .label = label,
          .doc = doc,
          .outputs = {{.name = "value", .dtypes = dtypes, .doc = "the tensor"}},
          .attrs = {{"dtype", AttrKind::kDType, std::nullopt, "dtype of the tensor"},
                    {"shape", AttrKind::kShape, std::nullopt, "shape of the tensor"}},
          .traits = kStructural,
          .constraints = {{"placeholder_c1", "dtype is valid"}},
          .infer = InferDeclared};
}

}  // namespace

const OpDef& InputOp() {
  static const OpDef* const op = new OpDef(
      MakePlaceholder("Input", "input", kAnyElement, "Tensor that the caller gives for each run."));
  return *op;
}

const OpDef& StateOp() {
  static const OpDef* const op = new OpDef(
      MakePlaceholder("State", "state", kAnyType,
                      "Tensor that the model keeps between runs: its value when the run begins."));
  return *op;
}

std::string Describe(const Node& node) {
  std::string text =
      absl::StrCat(Printable(node.name), " (", node.op == nullptr ? "?" : node.op->name);
  if (node.source_line > 0) {
    absl::string_view file = node.source_file;
    file = file.substr(file.rfind('/') + 1);
    absl::StrAppend(&text, ", ", Printable(file), ":", node.source_line);
  }
  return text + ")";
}

const Node* Function::FindNode(absl::string_view node_name) const {
  for (const Node& n : nodes) {
    if (n.name == node_name) return &n;
  }
  return nullptr;
}

const Function::Output* Function::FindOutput(absl::string_view output_name) const {
  for (const Output& o : outputs) {
    if (o.name == output_name) return &o;
  }
  return nullptr;
}

const Function* Model::FindFunction(absl::string_view function_name) const {
  for (const Function& f : functions) {
    if (f.name == function_name) return &f;
  }
  return nullptr;
}

const StateDecl* Model::FindState(absl::string_view state_name) const {
  for (const StateDecl& s : states) {
    if (s.name == state_name) return &s;
  }
  return nullptr;
}

}  // namespace dagrad
