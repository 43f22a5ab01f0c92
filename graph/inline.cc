#include "dagrad/graph/inline.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"

namespace dagrad {
namespace {

absl::Status CheckOperands(const Function& f, absl::Span<const Value> operands) {
  if (!f.states.empty() || !f.updates.empty())
    return InvalidArgumentError(absl::StrCat(Printable(f.name), " has state"));
  if (operands.size() != f.inputs.size()) {
    return InvalidArgumentError(absl::StrCat(Printable(f.name), " takes ", f.inputs.size(),
                                             " inputs; ", operands.size(), " are given"));
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const Node& input = f.nodes[f.inputs[i]];
    if (operands[i].valid() && operands[i].type() == input.outputs[0]) continue;
    return InvalidArgumentError(absl::StrCat("input \"", Printable(input.name), "\" of ",
                                             Printable(f.name), " is ", input.outputs[0].ToString(),
                                             ", not ", operands[i].type().ToString()));
  }
  return absl::OkStatus();
}

// By node, whether an output or an update depends on it.
std::vector<bool> Needed(const Function& f) {
  std::vector<bool> needed(f.nodes.size());
  for (const Function::Output& o : f.outputs) needed[o.value.node] = true;
  for (const Function::Update& u : f.updates) needed[u.value.node] = true;
  for (size_t id = f.nodes.size(); id-- > 0;) {
    if (!needed[id]) continue;
    for (const ValueRef& in : f.nodes[id].inputs) needed[in.node] = true;
  }
  return needed;
}

}  // namespace

absl::StatusOr<std::vector<Value>> Inline(const Function& function,
                                          absl::Span<const Value> operands, GraphBuilder* builder) {
  if (absl::Status s = CheckOperands(function, operands); !s.ok()) return s;
  std::vector<std::vector<Value>> values(function.nodes.size());
  for (size_t i = 0; i < operands.size(); ++i) values[function.inputs[i]] = {operands[i]};
  std::vector<Value> inputs;
  for (size_t id = 0; id < function.nodes.size(); ++id) {
    const Node& node = function.nodes[id];
    if (node.op->Has(kStructural)) continue;
    inputs.clear();
    for (const ValueRef& in : node.inputs) inputs.push_back(values[in.node][in.port]);
    const SourceLocation location{node.source_file.c_str(), node.source_line};
    const Value first = builder->AddNode(*node.op, inputs, node.attrs, location).Named(node.name);
    values[id] = builder->Outputs(first, static_cast<int>(node.outputs.size()));
    if (!builder->ok()) return builder->status();
  }
  std::vector<Value> outputs;
  for (const Function::Output& o : function.outputs)
    outputs.push_back(values[o.value.node][o.value.port]);
  return outputs;
}

void DropDead(Function* function) {
  std::vector<bool> needed = Needed(*function);
  std::vector<NodeId> new_id(function->nodes.size(), -1);
  std::vector<Node> nodes;
  for (size_t id = 0; id < function->nodes.size(); ++id) {
    Node& node = function->nodes[id];
    if (!needed[id] && !node.op->Has(kStructural)) continue;
    for (ValueRef& in : node.inputs) in.node = new_id[in.node];
    new_id[id] = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(node));
  }
  for (Node& n : nodes) n.gradient_of = n.gradient_of < 0 ? -1 : new_id[n.gradient_of];
  function->nodes = std::move(nodes);
  for (NodeId& id : function->inputs) id = new_id[id];
  for (NodeId& id : function->states) id = new_id[id];
  for (Function::Output& o : function->outputs) o.value.node = new_id[o.value.node];
  for (Function::Update& u : function->updates) u.value.node = new_id[u.value.node];
}

std::vector<bool> UsedInputs(const Function& function) {
  const std::vector<bool> needed = Needed(function);
  std::vector<bool> used;
  for (NodeId id : function.inputs) used.push_back(needed[id]);
  return used;
}

}  // namespace dagrad
