// What calls of functions become, and gradients.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/graph_import.h"

namespace dagrad::onnx {
namespace {

// `node` with its references to attributes of the function replaced by those of the call, in
// graphs of attributes too, whose depth has a limit (ReadLimits). What neither the call nor the
// function gives is left out.
// Takes the bytes of what it copies from `left`, and stops where that is below 0.
void Resolve(const std::map<std::string, const proto::Attribute*>& given, proto::Node* node,
             int64_t* left) {  // NOLINT(misc-no-recursion)
  auto* attributes = node->mutable_attribute();
  for (int i = attributes->size() - 1; i >= 0; --i) {
    proto::Attribute* a = attributes->Mutable(i);
    if (!a->ref_attr_name().empty()) {
      const auto found = given.find(a->ref_attr_name());
      if (found == given.end()) {
        attributes->DeleteSubrange(i, 1);
        continue;
      }
      *left -= static_cast<int64_t>(found->second->ByteSizeLong());
      if (*left < 0) return;
      const std::string name = a->name();
      *a = *found->second;
      a->set_name(name);
    } else if (a->has_g()) {
      for (proto::Node& inner : *a->mutable_g()->mutable_node()) Resolve(given, &inner, left);
    }
  }
}

}  // namespace

const Function* GraphImport::WrittenOpOf(const proto::Function& function) {
  const auto found = written_ops_.find(&function);
  if (found != written_ops_.end()) return found->second.has_value() ? &*found->second : nullptr;
  dagrad::ReadLimits limits;
  limits.budget = options_.limits.budget;
  const auto& op = written_ops_[&function] = ReadWrittenOp(function, limits);
  return op.has_value() ? &*op : nullptr;
}

absl::Status GraphImport::ImportCall(const proto::Node& node, const proto::Function& function,
                                     const std::vector<ImportedPtr>& inputs,
                                     std::vector<ImportedPtr>* outputs,
                                     int depth) {  // NOLINT(misc-no-recursion)
  if (const Function* op = WrittenOpOf(function)) {
    if (auto results = ImportWrittenOp(*op, inputs, builder_)) {
      *outputs = *std::move(results);
      return builder_->status();
    }
  }
  if (inputs.size() > static_cast<size_t>(function.input_size()) ||
      node.output_size() > function.output_size()) {
    return InvalidArgumentError(absl::StrCat("function ", function.name(), " has ",
                                             function.input_size(), " inputs and ",
                                             function.output_size(), " outputs"));
  }
  Opsets opsets;
  for (const proto::OperatorSetId& set : function.opset_import())
    opsets[DomainOf(set.domain())] = set.version();
  for (const auto& [domain, version] : opsets_) opsets.emplace(domain, version);
  std::map<std::string, const proto::Attribute*> given;
  for (const proto::Attribute& a : function.attribute_proto()) given[a.name()] = &a;
  for (const proto::Attribute& a : node.attribute()) given[a.name()] = &a;

  ValueScope scope;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] != nullptr && !scope.Add(function.input(static_cast<int>(i)), inputs[i]))
      return AlreadyExistsError("two inputs of the function have one name");
  }
  // One that is absent is written as no name in the nodes that it goes to.
  const std::set<std::string> names(function.input().begin(), function.input().end());
  for (const proto::Node& inner : function.node()) {
    proto::Node resolved = inner;
    Resolve(given, &resolved, &attribute_bytes_);
    if (attribute_bytes_ < 0)
      return ResourceExhaustedError("the attributes that functions hand on are too many");
    for (std::string& name : *resolved.mutable_input()) {
      const bool is_absent = names.contains(name) && scope.Find(name) == nullptr;
      if (is_absent) name.clear();
    }
    const absl::Status status = ImportNode(resolved, opsets, &scope, depth);
    if (!status.ok())
      return Prefixed(absl::StrCat(function.name(), ", ", resolved.op_type()), status);
  }
  for (const std::string& name : function.output()) outputs->push_back(scope.Find(name));
  return absl::OkStatus();
}

absl::Status GraphImport::ImportGradient(const proto::Node& node,
                                         const std::vector<ImportedPtr>& inputs,
                                         const ValueScope& scope,
                                         std::vector<ImportedPtr>* outputs) {
  NodeImport c(node, 1, builder_, inputs, &external_);
  std::vector<std::string> names = c.Texts("xs");
  const size_t count = names.size();
  for (const std::string& name : c.Texts("zs")) names.push_back(name);
  const ImportedPtr y = scope.Find(c.Text("y", ""));
  if (y == nullptr || y->sequence.has_value())
    return InvalidArgumentError("attribute y names no tensor before it");
  if (count == 0 || names.size() != inputs.size())
    return InvalidArgumentError("it needs one input for each of xs and zs");
  std::vector<Value> xs;
  for (size_t i = 0; i < names.size(); ++i) {
    if (inputs[i] == nullptr || scope.Find(names[i]) != inputs[i]) {
      return UnimplementedError(
          absl::StrCat("it takes another value than that of the graph for ", names[i]));
    }
    if (i < count) xs.push_back(c.in(static_cast<int>(i)));
  }
  DAGRAD_RETURN_IF_ERROR(c.status());
  const Value value = Materialize(builder_, y.get());
  DAGRAD_RETURN_IF_ERROR(builder_->status());
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients({value}, xs));
  for (const Value& gradient : gradients) {
    outputs->push_back(std::make_shared<Imported>());
    outputs->back()->value = gradient;
  }
  return absl::OkStatus();
}

}  // namespace dagrad::onnx
