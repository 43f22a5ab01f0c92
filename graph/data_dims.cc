#include "dagrad/graph/data_dims.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace {

using Symbols = absl::btree_set<std::string>;

void CollectFrom(const Shape& shape, Symbols* symbols) {
  for (const Dim& dim : shape.dims()) dim.CollectSymbols(symbols);
}

absl::Status Refuse(const Node& node, absl::string_view symbol, absl::string_view what) {
  return InvalidArgumentError(
      absl::StrCat(Describe(node), ": symbol \"", symbol, "\" ", what, " (bind_dim_c3)"));
}

}  // namespace

absl::string_view BoundSymbol(const Node& node) {
  if (node.op == nullptr || !node.op->Has(kBindsDim)) return "";
  const auto* symbol = node.attrs.Find("symbol");
  const auto* text = symbol == nullptr ? nullptr : symbol->get_if<std::string>();
  return text == nullptr ? "" : absl::string_view(*text);
}

bool HasDataDims(const Function& function) {
  return std::any_of(function.nodes.begin(), function.nodes.end(), [](const Node& node) {
    return node.op != nullptr && node.op->Has(kBindsDim);
  });
}

void CollectSymbols(const Node& node, Symbols* symbols) {  // NOLINT(misc-no-recursion)
  for (const ValueType& type : node.outputs) CollectFrom(type.shape, symbols);
  for (const AttrMap::Entry& e : node.attrs.entries()) {
    if (const Shape* shape = e.value.get_if<Shape>()) CollectFrom(*shape, symbols);
  }
  for (const NamedBody& b : BodiesOf(node)) {
    for (const Node& inner : b.body->function().nodes) CollectSymbols(inner, symbols);
  }
}

absl::Status CheckDataDims(const Function& function) {
  if (!HasDataDims(function)) return absl::OkStatus();
  Symbols bound, of_inputs;
  for (const NodeId id : function.inputs) CollectSymbols(function.nodes[id], &of_inputs);
  Symbols seen;
  for (const Node& node : function.nodes) {
    CollectSymbols(node, &seen);
    const absl::string_view symbol = BoundSymbol(node);
    if (symbol.empty()) continue;
    if (of_inputs.contains(symbol)) return Refuse(node, symbol, "is of an input too");
    if (!bound.insert(std::string(symbol)).second) return Refuse(node, symbol, "is bound twice");
    if (seen.contains(symbol)) return Refuse(node, symbol, "is used before it is bound");
  }
  return absl::OkStatus();
}

}  // namespace dagrad
