#include "dagrad/runtime/program.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::runtime {
namespace {

absl::Status Bad(const Node& node, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(Describe(node), ": ", message));
}

bool Exists(const Function& f, ValueRef v) {
  return v.node >= 0 && static_cast<size_t>(v.node) < f.nodes.size() && v.port >= 0 &&
         static_cast<size_t>(v.port) < f.nodes[v.node].outputs.size();
}

absl::Status CheckNode(const Function& f, NodeId id) {
  const Node& node = f.nodes[id];
  if (node.op == nullptr) return Bad(node, "has no op");
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!Exists(f, node.inputs[i]) || node.inputs[i].node >= id) {
      return Bad(node, absl::StrCat("input ", i, " is no output of an earlier node"));
    }
  }
  if (node.op->Has(kView) && (node.inputs.empty() || node.outputs.size() != 1)) {
    return Bad(node, "a view has an input and one output");
  }
  const bool needs_kernel = !node.op->Has(kStructural) && !node.op->Has(kView) && ConstantValue(node) == nullptr;
  if (needs_kernel && node.op->make_kernel == nullptr) {
    return absl::UnimplementedError(absl::StrCat(Describe(node), ": the op has no kernel"));
  }
  return absl::OkStatus();
}

absl::Status CheckPlaceholders(const Function& f, const std::vector<NodeId>& ids, const OpDef& op) {
  for (NodeId id : ids) {
    if (!Exists(f, {id, 0}) || f.nodes[id].op != &op) {
      return absl::InvalidArgumentError(
          absl::StrCat("function \"", f.name, "\": node ", id, " is listed as ", op.name, " and is none"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const Function& f) {
  size_t placeholders = 0;
  for (size_t i = 0; i < f.nodes.size(); ++i) {
    DAGRAD_RETURN_IF_ERROR(CheckNode(f, static_cast<NodeId>(i)));
    placeholders += f.nodes[i].op->Has(kStructural);
  }
  DAGRAD_RETURN_IF_ERROR(CheckPlaceholders(f, f.inputs, InputOp()));
  DAGRAD_RETURN_IF_ERROR(CheckPlaceholders(f, f.states, StateOp()));
  if (placeholders != f.inputs.size() + f.states.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("function \"", f.name, "\": not every Input and State node is listed once"));
  }
  for (const Function::Output& o : f.outputs) {
    if (!Exists(f, o.value)) return absl::InvalidArgumentError(absl::StrCat("output \"", o.name, "\" has no value"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Program::State>> CollectStates(const Function& f) {
  std::vector<Program::State> states;
  absl::flat_hash_map<std::string, size_t> index;
  for (NodeId id : f.states) {
    const Node& node = f.nodes[id];
    if (!index.emplace(node.name, states.size()).second) return Bad(node, "the state is read by another node too");
    states.push_back({node.name, node.outputs[0], true});
  }
  absl::flat_hash_map<std::string, bool> updated;
  for (const Function::Update& u : f.updates) {
    auto bad = [&](absl::string_view message) {
      return absl::InvalidArgumentError(absl::StrCat("update of state \"", u.state, "\": ", message));
    };
    if (!Exists(f, u.value)) return bad("has no value");
    if (!updated.emplace(u.state, true).second) return bad("the state has another update");
    auto [it, added] = index.emplace(u.state, states.size());
    if (added) states.push_back({u.state, f.type(u.value), false});
    const ValueType& type = states[it->second].type;
    if (!(type == f.type(u.value))) {
      return bad(absl::StrCat("the state is ", type.ToString(), ", its new value ", f.type(u.value).ToString()));
    }
  }
  for (const Program::State& s : states) {
    if (s.type.shape.IsStatic()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("state \"", s.name, "\" is ", s.type.ToString(), ": the dimensions of a state must be numbers"));
  }
  return states;
}

}  // namespace

absl::StatusOr<Program> MakeProgram(const Function& function, const CompileOptions& options) {
  if (options.plan_cache_capacity < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("plan_cache_capacity must be at least 1, not ", options.plan_cache_capacity));
  }
  if (options.memory_limit_bytes < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("memory_limit_bytes must not be negative: ", options.memory_limit_bytes));
  }
  DAGRAD_RETURN_IF_ERROR(CheckForm(function));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Program::State> states, CollectStates(function));
  Program program(function, options);
  program.states = std::move(states);
  program.updates_state = !program.function.updates.empty();
  return program;
}

}  // namespace dagrad::runtime
