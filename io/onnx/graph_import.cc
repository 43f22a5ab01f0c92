#include "dagrad/io/onnx/graph_import.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

constexpr absl::string_view kGradient = "ai.onnx.preview.training.Gradient";

const std::string& DefaultFunction() {
  static const auto* const name = new std::string(io::ImportOnnxOptions().function);
  return *name;
}

constexpr int64_t kOldestOpset = 1, kNewestOpset = 28;
constexpr int kMostCalls = 64;  // of functions within functions, and of branches

// With the domain, unless it is ONNX's own.
std::string WholeName(const proto::Node& node) {
  const std::string domain = DomainOf(node.domain());
  return domain.empty() ? node.op_type() : absl::StrCat(domain, ".", node.op_type());
}

// Of a function, or of a node that asks for one.
template <typename Message>
std::string WithOverload(std::string name, const Message& message) {
  return message.overload().empty() ? name : absl::StrCat(name, ":", message.overload());
}

bool IsControl(absl::string_view op) { return op == "If" || op == "Loop" || op == "Scan"; }

std::string HeadOf(const proto::Node& node) {
  const std::string op = WholeName(node);
  constexpr size_t kShown = 200;
  if (!node.name().empty())
    return absl::StrCat("node ", node.name().substr(0, kShown), " (", op, ")");
  return absl::StrCat("the node of output ", node.output_size() > 0 ? node.output(0) : "", " (", op,
                      ")");
}

// Counts nodes by op, in graphs of attributes too. Their depth has a limit (ReadLimits).
using UnknownOps = std::map<std::string, std::vector<std::string>>;
template <typename Known>
void CollectUnknown(const google::protobuf::RepeatedPtrField<proto::Node>& nodes,
                    const Known& is_known, UnknownOps* unknown) {  // NOLINT(misc-no-recursion)
  for (const proto::Node& node : nodes) {
    if (!is_known(node)) {
      (*unknown)[WithOverload(WholeName(node), node)].push_back(
          !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0));
    }
    for (const proto::Attribute& a : node.attribute()) {
      if (a.has_g()) CollectUnknown(a.g().node(), is_known, unknown);
      for (const proto::Graph& g : a.graphs()) CollectUnknown(g.node(), is_known, unknown);
    }
  }
}

std::string ListOf(const UnknownOps& unknown) {
  constexpr size_t kNames = 3, kOps = 20;
  std::vector<std::string> parts;
  for (const auto& [op, nodes] : unknown) {
    if (parts.size() == kOps) {
      parts.push_back(absl::StrCat("and ", unknown.size() - kOps, " others"));
      break;
    }
    const std::vector<std::string> some(nodes.begin(),
                                        nodes.begin() + std::min(nodes.size(), kNames));
    parts.push_back(absl::StrCat(op, " (", nodes.size(), ": ", absl::StrJoin(some, ", "),
                                 nodes.size() > kNames ? ", …)" : ")"));
  }
  return absl::StrJoin(parts, ", ");
}

bool IsString(const ImportedPtr& v) {
  return v != nullptr && !v->sequence.has_value() && TypeOf(*v).dtype == DType::kString;
}

}  // namespace

GraphImport::GraphImport(const proto::Model& model, const std::string& directory,
                         const io::ImportOnnxOptions& options, const std::string& linked)
    : model_(model),
      options_(options),
      written_(ReadWritten(model)),
      external_(directory, options.limits.budget, linked),
      root_(written_.function.empty() || options.function != DefaultFunction()
                ? options.function
                : written_.function) {}

absl::Status GraphImport::Run() {
  DAGRAD_RETURN_IF_ERROR(ReadOpsets());
  for (const proto::Function& f : model_.functions()) {
    if (!functions_.emplace(std::tuple(DomainOf(f.domain()), f.name(), f.overload()), &f).second) {
      const std::string name = absl::StrCat(f.domain(), ".", f.name());
      return AlreadyExistsError(absl::StrCat("function ", WithOverload(name, f), " stands twice"));
    }
  }
  DAGRAD_RETURN_IF_ERROR(CheckOps());
  DAGRAD_RETURN_IF_ERROR(AddInitializers(model_.graph(), &scope_, true));
  DAGRAD_RETURN_IF_ERROR(AddInputs());
  const absl::Status nodes = ImportNodes(model_.graph().node(), opsets_, &scope_, 0);
  if (absl::IsInvalidArgument(nodes) && HasDataDims(root_.function())) {
    // Symbols of sizes that would be equal if they were known are not.
    return NeedOfConstant(absl::StrCat(
        nodes.message(), ": with sizes that depend on data; an input that they are computed from"));
  }
  const absl::btree_set<std::string> symbols = SymbolsOfInputs();
  const auto is_named = [&](const std::string& s) { return absl::StrContains(nodes.message(), s); };
  if (absl::IsInvalidArgument(nodes) && absl::c_count_if(symbols, is_named) > 1) {
    // Some exporters give each size a symbol of its own.
    return InvalidArgumentError(
        absl::StrCat(nodes.message(),
                     "; if sizes with different names are equal, ImportOnnxOptions::shapes "
                     "(--shape INPUT=n,3) gives them one name"));
  }
  DAGRAD_RETURN_IF_ERROR(nodes);
  DAGRAD_RETURN_IF_ERROR(AddOutputs());
  return builder_->status();
}

absl::Status GraphImport::ReadOpsets() {
  if (!model_.has_graph()) return InvalidArgumentError("the model has no graph");
  for (const proto::OperatorSetId& set : model_.opset_import()) {
    const std::string domain = DomainOf(set.domain());
    const int64_t version = opsets_.emplace(domain, set.version()).first->second;
    if (version != set.version()) {
      return InvalidArgumentError(absl::StrCat("opset \"", domain, "\" is imported twice, as ",
                                               version, " and as ", set.version()));
    }
  }
  if (opsets_.empty()) opsets_[""] = 1;  // models of IR versions 1 and 2
  const auto found = opsets_.find("");
  if (found != opsets_.end() && (found->second < kOldestOpset || found->second > kNewestOpset)) {
    return UnimplementedError(absl::StrCat("opset ", found->second, "; those from ", kOldestOpset,
                                           " to ", kNewestOpset, " are read"));
  }
  return absl::OkStatus();
}

const proto::Function* GraphImport::FindFunction(const proto::Node& node) const {
  const auto found = functions_.find({DomainOf(node.domain()), node.op_type(), node.overload()});
  return found == functions_.end() ? nullptr : found->second;
}

absl::Status GraphImport::CheckOps() const {
  UnknownOps unknown;
  const auto is_known = [this](const proto::Node& node) {
    if (FindFunction(node) != nullptr) return true;
    return IsControl(WholeName(node)) || WholeName(node) == kGradient ||
           FindRow(WholeName(node)) != nullptr;
  };
  CollectUnknown(model_.graph().node(), is_known, &unknown);
  // What dagrad wrote is imported as the op that it was written for; ImportNode looks at the
  // others.
  for (const proto::Function& f : model_.functions()) {
    if (f.domain() != kDagradDomain) CollectUnknown(f.node(), is_known, &unknown);
  }
  if (unknown.empty()) return absl::OkStatus();
  return UnimplementedError(absl::StrCat("ops that are not imported: ", ListOf(unknown)));
}

absl::StatusOr<std::vector<ImportedPtr>> GraphImport::InputsOf(const proto::Node& node,
                                                               const ValueScope& scope) const {
  std::vector<ImportedPtr> inputs;
  for (const std::string& name : node.input()) {
    ImportedPtr v = name.empty() ? nullptr : scope.Find(name);
    if (v == nullptr && !name.empty()) {
      return NotFoundError(absl::StrCat(
          "its input ", name, " is no input of the graph and no result of a node before"));
    }
    inputs.push_back(std::move(v));
  }
  return inputs;
}

absl::Status GraphImport::ImportNodes(
    const google::protobuf::RepeatedPtrField<proto::Node>& nodes, const Opsets& opsets,
    ValueScope* scope, int depth) {  // NOLINT(misc-no-recursion): ImportNode bounds it
  for (const proto::Node& node : nodes) {
    DAGRAD_RETURN_IF_ERROR(options_.limits.budget.Check());
    absl::Status status = ImportNode(node, opsets, scope, depth);
    if (!status.ok()) return Prefixed(HeadOf(node), status);
  }
  return absl::OkStatus();
}

absl::Status GraphImport::ImportNode(const proto::Node& node, const Opsets& opsets,
                                     ValueScope* scope, int depth) {  // NOLINT(misc-no-recursion)
  if (++nodes_ > options_.limits.nodes) {
    return ResourceExhaustedError(
        absl::StrCat("with the functions that it calls, the model has more than ",
                     options_.limits.nodes, " nodes"));
  }
  if (depth > kMostCalls)
    return ResourceExhaustedError(absl::StrCat("calls are nested more than ", kMostCalls, " deep"));
  if (node.output().empty()) return InvalidArgumentError("it has no outputs");
  // It stands before the names of all nodes that come of it.
  if (node.name().size() > kMaxNameBytes)
    return ResourceExhaustedError(absl::StrCat("its name has ", node.name().size(), " bytes"));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ImportedPtr> inputs, InputsOf(node, *scope));
  std::vector<ImportedPtr> outputs;
  const auto version = opsets.find(DomainOf(node.domain()));
  const bool has_opset = version != opsets.end();
  GraphBuilder::Scope name(builder_, node.name().empty() ? node.op_type() : node.name());
  if (const proto::Function* function = FindFunction(node)) {
    DAGRAD_RETURN_IF_ERROR(ImportCall(node, *function, inputs, &outputs, depth + 1));
  } else if (!has_opset && WholeName(node) != kGradient) {
    return InvalidArgumentError("its opset is not imported");
  } else if (IsControl(WholeName(node))) {
    DAGRAD_RETURN_IF_ERROR(ImportControl(node, inputs, opsets, *scope, &outputs, depth + 1));
  } else if (WholeName(node) == kGradient) {
    DAGRAD_RETURN_IF_ERROR(ImportGradient(node, inputs, *scope, &outputs));
  } else {
    const Row* row = FindRow(WholeName(node));
    if (row == nullptr) return UnimplementedError("the op is not imported");
    DAGRAD_RETURN_IF_ERROR(ImportByRow(node, *row, version->second, inputs, &outputs));
  }
  for (int i = 0; i < node.output_size(); ++i) {
    if (node.output(i).empty()) continue;
    if (static_cast<size_t>(i) >= outputs.size() || outputs[i] == nullptr)
      return UnimplementedError(absl::StrCat("its output ", i, " is not imported"));
    if (!scope->Add(node.output(i), outputs[i]))
      return AlreadyExistsError(absl::StrCat("the name ", node.output(i), " is taken"));
  }
  return absl::OkStatus();
}

absl::Status GraphImport::ImportByRow(const proto::Node& node, const Row& row, int64_t version,
                                      const std::vector<ImportedPtr>& inputs,
                                      std::vector<ImportedPtr>* outputs) {
  std::set<absl::string_view> attributes;
  for (const proto::Attribute& a : node.attribute()) {
    if (!attributes.insert(a.name()).second)
      return InvalidArgumentError(absl::StrCat("attribute ", a.name(), " stands twice"));
  }
  if (static_cast<int64_t>(inputs.size()) > row.most_inputs) {
    return InvalidArgumentError(
        absl::StrCat("it has ", inputs.size(), " inputs; the op has ", row.most_inputs));
  }
  if (!row.takes_strings && std::any_of(inputs.begin(), inputs.end(), IsString))
    return UnimplementedError("inputs of dtype string");
  if (Fold(node, row, version, inputs, outputs)) return absl::OkStatus();
  NodeImport c(node, version, builder_, inputs, &external_);
  if (!ImportSymbolically(c)) row.import(c);
  DAGRAD_RETURN_IF_ERROR(c.status());
  DAGRAD_RETURN_IF_ERROR(builder_->status());
  for (const ImportedPtr& v : inputs) {  // in a body, copies of weights
    if (v != nullptr && v->is_statistic && !v->state.empty())
      scope_.Find(v->state)->is_statistic = true;
  }
  *outputs = c.outputs();
  return absl::OkStatus();
}

}  // namespace dagrad::onnx
