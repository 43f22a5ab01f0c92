#include "dagrad/graph/body.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"

namespace dagrad {
namespace {

bool SameNode(const Node& a, const Node& b) {
  return a.op == b.op && a.name == b.name && a.inputs == b.inputs && a.attrs == b.attrs &&
         a.outputs == b.outputs;
}

bool SameOutput(const Function::Output& a, const Function::Output& b) {
  return a.name == b.name && a.value == b.value;
}

uint64_t HashOf(const Function& f) {
  uint64_t hash = absl::HashOf(f.name, f.inputs);
  for (const Node& node : f.nodes) {
    hash = absl::HashOf(hash, node.op, node.name, node.attrs.Hash());
    for (const ValueRef& in : node.inputs) hash = absl::HashOf(hash, in.node, in.port);
  }
  for (const Function::Output& o : f.outputs)
    hash = absl::HashOf(hash, o.name, o.value.node, o.value.port);
  return hash;
}

std::string Names(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  const auto shown = absl::MakeConstSpan(names).subspan(0, std::min(names.size(), kShown));
  return absl::StrCat("(", absl::StrJoin(shown, ", "), names.size() > kShown ? ", …" : "", ")");
}

absl::Status CheckClosed(const Function& f) {
  DAGRAD_RETURN_IF_ERROR(ValidateName("function name", f.name));
  if (!f.states.empty()) {
    return InvalidArgumentError(
        absl::StrCat(Describe(f.nodes[f.states[0]]),
                     ": a body has no state: read it outside and pass it in (body_c1)"));
  }
  if (!f.updates.empty()) {
    return InvalidArgumentError(absl::StrCat("a body updates no state, as it does \"",
                                             Printable(f.updates[0].state), "\" (body_c1)"));
  }
  if (f.outputs.empty()) return InvalidArgumentError("a body has an output (body_c2)");
  if (HasDataDims(f))
    return UnimplementedError("sizes that depend on data within a body (body_c4)");
  return absl::OkStatus();
}

}  // namespace

Body::Body(Function function) : function_(std::move(function)), hash_(HashOf(function_)) {
  nodes_ = static_cast<int64_t>(function_.nodes.size()) + NodesInBodies(function_);
  for (const Node& node : function_.nodes) {
    for (const NamedBody& b : BodiesOf(node)) depth_ = std::max(depth_, b.body->depth() + 1);
  }
}

absl::StatusOr<BodyPtr> Body::Make(Function function) {
  DAGRAD_RETURN_IF_ERROR(ValidateFunction(function));
  DAGRAD_RETURN_IF_ERROR(Prefixed(Printable(function.name), CheckClosed(function)));
  BodyPtr body(new Body(std::move(function)));
  if (body->depth() > kMaxBodyDepth) {
    return InvalidArgumentError(absl::StrCat(Printable(body->name()), ": bodies nest ",
                                             body->depth(), " deep; ", kMaxBodyDepth,
                                             " is the limit (body_c3)"));
  }
  return body;
}

bool Body::operator==(const Body& other) const {
  if (this == &other) return true;
  const Function& f = function_;
  const Function& g = other.function_;
  return hash_ == other.hash_ && nodes_ == other.nodes_ && f.name == g.name &&
         f.inputs == g.inputs &&
         std::equal(f.nodes.begin(), f.nodes.end(), g.nodes.begin(), g.nodes.end(), SameNode) &&
         std::equal(f.outputs.begin(), f.outputs.end(), g.outputs.begin(), g.outputs.end(),
                    SameOutput);
}

std::string Body::ToString() const {
  std::vector<std::string> inputs, outputs;
  for (NodeId id : function_.inputs) inputs.push_back(Printable(function_.nodes[id].name));
  for (const Function::Output& o : function_.outputs) outputs.push_back(Printable(o.name));
  return absl::StrCat(Printable(name()), Names(inputs), " -> ", Names(outputs), ": ",
                      function_.nodes.size(), " nodes");
}

std::vector<NamedBody> BodiesOf(const Node& node) {
  std::vector<NamedBody> bodies;
  for (const AttrMap::Entry& e : node.attrs.entries()) {
    const BodyPtr* body = e.value.get_if<BodyPtr>();
    if (body != nullptr && *body != nullptr) bodies.push_back({e.name, *body});
  }
  return bodies;
}

int64_t NodesInBodies(const Function& function) {
  int64_t nodes = 0;  // each body has at most kMaxBodyNodes and more, and a function 2^31 nodes
  for (const Node& node : function.nodes) {
    for (const AttrMap::Entry& e : node.attrs.entries()) {
      const BodyPtr* body = e.value.get_if<BodyPtr>();
      if (body != nullptr && *body != nullptr)
        nodes = std::min(nodes + (*body)->nodes(), 4 * kMaxBodyNodes);
    }
  }
  return nodes;
}

namespace {

using SymbolMap = absl::btree_map<std::string, Dim>;

// The symbol that `d` is alone; empty if it is none.
std::string LoneSymbol(const Dim& d) {
  absl::btree_set<std::string> symbols;
  d.CollectSymbols(&symbols);
  return symbols.size() == 1 && d == Dim(*symbols.begin()) ? *symbols.begin() : std::string();
}

absl::Status CheckOperands(const Function& f, absl::Span<const ValueType> operands) {
  if (operands.size() != f.inputs.size()) {
    return InvalidArgumentError(absl::StrCat(Printable(f.name), " takes ", f.inputs.size(),
                                             " inputs; ", operands.size(), " are given"));
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const ValueType& input = f.nodes[f.inputs[i]].outputs[0];
    if (input.dtype == operands[i].dtype && input.shape.rank() == operands[i].shape.rank())
      continue;
    return InvalidArgumentError(absl::StrCat("input ", i, " of ", Printable(f.name), ", \"",
                                             Printable(f.nodes[f.inputs[i]].name), "\", is ",
                                             input.ToString(), ", not ", operands[i].ToString()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ValueType>> OutputTypes(const Body& body,
                                                   absl::Span<const ValueType> operands) {
  const Function& f = body.function();
  DAGRAD_RETURN_IF_ERROR(CheckOperands(f, operands));
  SymbolMap symbols;
  for (size_t i = 0; i < operands.size(); ++i) {
    const Shape& shape = f.nodes[f.inputs[i]].outputs[0].shape;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const std::string symbol = LoneSymbol(shape.dim(axis));
      if (!symbol.empty()) symbols.emplace(symbol, operands[i].shape.dim(axis));
    }
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const ValueType& input = f.nodes[f.inputs[i]].outputs[0];
    if (input.shape.Substitute(symbols) == operands[i].shape) continue;
    return InvalidArgumentError(absl::StrCat("input ", i, " of ", Printable(f.name), ", \"",
                                             Printable(f.nodes[f.inputs[i]].name), "\", is ",
                                             input.ToString(), ", not ", operands[i].ToString()));
  }
  std::vector<ValueType> types;
  for (const Function::Output& o : f.outputs)
    types.push_back({f.type(o.value).dtype, f.type(o.value).shape.Substitute(symbols)});
  return types;
}

absl::StatusOr<Bindings> BindBody(const Function& body, absl::Span<const Dims> operands,
                                  const Bindings& outer) {
  Bindings bindings;
  for (size_t i = 0; i < operands.size() && i < body.inputs.size(); ++i) {
    const Shape& shape = body.nodes[body.inputs[i]].outputs[0].shape;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const std::string symbol = LoneSymbol(shape.dim(axis));
      if (!symbol.empty() && axis < static_cast<int>(operands[i].size()))
        bindings.emplace(symbol, operands[i][axis]);
    }
  }
  bindings.insert(outer.begin(), outer.end());  // where they are not the body's own
  for (size_t i = 0; i < operands.size() && i < body.inputs.size(); ++i) {
    const Node& input = body.nodes[body.inputs[i]];
    const absl::StatusOr<Dims> dims = input.outputs[0].shape.Bind(bindings);
    if (dims.ok() && *dims == operands[i]) continue;
    return InvalidArgumentError(
        absl::StrCat("input \"", Printable(input.name), "\" of ", Printable(body.name), " is ",
                     input.outputs[0].ToString(), ", given ", DimsToString(operands[i])));
  }
  return bindings;
}

}  // namespace dagrad
