#include "dagrad/tools/report.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body_walk.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::tools {
namespace {

std::string RefText(const Function& f, ValueRef v) {
  const std::string& name = f.nodes[v.node].name;
  return v.port == 0 ? name : absl::StrCat(name, ":", v.port);
}

NodeReport NodeReportOf(const Function& f, const Node& node) {
  NodeReport r{node.name, std::string(node.op->name), {}, {}, node.attrs.ToString(), "", ""};
  for (const ValueRef& v : node.inputs) r.inputs.push_back(RefText(f, v));
  for (const ValueType& t : node.outputs) r.types.push_back(t.ToString());
  if (node.source_line > 0) {
    r.source = absl::StrCat(node.source_file.substr(node.source_file.rfind('/') + 1), ":",
                            node.source_line);
  }
  if (node.gradient_of >= 0) r.gradient_of = f.nodes[node.gradient_of].name;
  return r;
}

void CountOps(const Function& f, FunctionReport* r) {
  std::map<std::string, int64_t> counts;
  for (const Node& n : f.nodes) ++counts[std::string(n.op->name)];
  r->ops.assign(counts.begin(), counts.end());
  std::stable_sort(r->ops.begin(), r->ops.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

Bindings BindingsOf(const Function& f, const Bindings& given) {
  absl::btree_set<std::string> symbols;
  for (const Node& n : f.nodes) {
    for (const ValueType& t : n.outputs) {
      for (const Dim& d : t.shape.dims()) d.CollectSymbols(&symbols);
    }
  }
  Bindings bindings;
  for (const std::string& s : symbols) {
    auto it = given.find(s);
    bindings[s] = it == given.end() ? 1 : it->second;
  }
  return bindings;
}

absl::Status AddCost(const Function& f, FunctionReport* r) {
  std::vector<std::vector<Dims>> dims(f.nodes.size());
  for (size_t i = 0; i < f.nodes.size(); ++i) {
    const Node& node = f.nodes[i];
    auto bytes = [](const ValueType& type, const Dims& d) {
      return static_cast<size_t>(NumElements(d)) * DTypeSize(type.dtype);
    };
    std::vector<Dims> inputs;
    std::vector<size_t> input_bytes;
    std::vector<size_t> output_bytes;
    for (const ValueType& t : node.outputs) {
      DAGRAD_ASSIGN_OR_RETURN(Dims d, t.shape.Bind(r->bindings));
      output_bytes.push_back(bytes(t, d));
      dims[i].push_back(std::move(d));
    }
    for (const ValueRef& v : node.inputs) {
      inputs.push_back(dims[v.node][v.port]);
      input_bytes.push_back(bytes(f.type(v), inputs.back()));
    }
    const OpCost cost = CostOf(*node.op, {node.attrs, inputs, dims[i]}, input_bytes, output_bytes);
    r->flops += cost.flops;
    r->bytes += cost.bytes;
  }
  return absl::OkStatus();
}

absl::Status AddPlan(const Function& f, const Budget& budget, FunctionReport* r) {
  std::vector<Dims> inputs;
  for (NodeId id : f.inputs) {
    DAGRAD_ASSIGN_OR_RETURN(Dims d, f.nodes[id].outputs[0].shape.Bind(r->bindings));
    inputs.push_back(std::move(d));
  }
  CompileOptions options;
  options.budget = budget;
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(f, options));
  DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, executable->Plan(inputs, budget));
  r->peak_bytes = plan.arena_bytes;
  r->unshared_bytes = plan.unshared_bytes;
  r->state_bytes = plan.state_bytes;
  return absl::OkStatus();
}

FunctionReport FunctionReportOf(const Function& f, const Bindings& given, const Budget& budget) {
  FunctionReport r;
  r.name = f.name;
  for (NodeId id : f.inputs)
    r.inputs.emplace_back(f.nodes[id].name, f.nodes[id].outputs[0].ToString());
  for (const Function::Output& o : f.outputs)
    r.outputs.emplace_back(o.name, f.type(o.value).ToString());
  for (NodeId id : f.states) r.reads.push_back(f.nodes[id].name);
  for (const Function::Update& u : f.updates) r.updates.push_back(u.state);
  CountOps(f, &r);
  r.bindings = BindingsOf(f, given);
  r.cost_error = std::string(AddCost(f, &r).message());
  r.plan_error = std::string(AddPlan(f, budget, &r).message());
  for (const Node& n : f.nodes) r.nodes.push_back(NodeReportOf(f, n));
  return r;
}

// Of the functions within `f`, each under its path.
absl::Status AddBodies(const Function& f, const Bindings& given, const Budget& budget,
                       std::vector<FunctionReport>* reports) {
  for (const PlacedBody& placed : AllBodies(f)) {
    reports->push_back(FunctionReportOf(placed.body->function(), given, budget));
    reports->back().name = placed.path;
    DAGRAD_RETURN_IF_ERROR(budget.Check());
  }
  return absl::OkStatus();
}

// Of sizes from a file; the greatest number where it is above that.
int64_t Sum(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

boost::json::array JsonOfPairs(const std::vector<std::pair<std::string, std::string>>& values) {
  boost::json::array list;
  for (const auto& [name, type] : values) list.push_back({{"name", name}, {"type", type}});
  return list;
}

Json JsonOfNode(const NodeReport& n) {
  return {{"name", n.name},
          {"op", n.op},
          {"inputs", JsonList(n.inputs)},
          {"outputs", JsonList(n.types)},
          {"attributes", n.attributes},
          {"source", n.source},
          {"gradient_of", n.gradient_of}};
}

Json JsonOfFunction(const FunctionReport& f, bool nodes) {
  boost::json::object j = {{"name", f.name},
                           {"inputs", JsonOfPairs(f.inputs)},
                           {"outputs", JsonOfPairs(f.outputs)},
                           {"reads", JsonList(f.reads)},
                           {"updates", JsonList(f.updates)},
                           {"node_count", f.nodes.size()}};
  boost::json::object ops;
  for (const auto& [op, count] : f.ops) ops[op] = count;
  j["ops"] = std::move(ops);
  boost::json::object sizes;
  for (const auto& [symbol, size] : f.bindings) sizes[symbol] = size;
  j["sizes"] = std::move(sizes);
  if (f.cost_error.empty()) {
    j["flops"] = f.flops;
    j["bytes"] = f.bytes;
  } else {
    j["cost_error"] = f.cost_error;
  }
  if (f.plan_error.empty()) {
    j["memory"] = {{"peak_bytes", f.peak_bytes},
                   {"unshared_bytes", f.unshared_bytes},
                   {"state_bytes", f.state_bytes}};
  } else {
    j["memory_error"] = f.plan_error;
  }
  if (!nodes) return j;
  boost::json::array list;
  for (const NodeReport& n : f.nodes) list.push_back(JsonOfNode(n));
  j["nodes"] = std::move(list);
  return j;
}

}  // namespace

absl::StatusOr<ModelReport> ReportOf(const Model& model, const Bindings& bindings,
                                     const Budget& budget) {
  ModelReport r;
  r.name = model.name;
  r.metadata = model.metadata;
  for (const StateDecl& s : model.states) {
    r.states.push_back({s.name, s.type.ToString(), s.trainable});
    const int64_t n = NumElements(s.type.shape.ToDims());
    r.elements = Sum(r.elements, n);
    if (s.trainable) r.trainable = Sum(r.trainable, n);
    r.bytes = Sum(r.bytes, n * static_cast<int64_t>(DTypeSize(s.type.dtype)));
  }
  for (const Function& f : model.functions) {
    r.functions.push_back(FunctionReportOf(f, bindings, budget));
    DAGRAD_RETURN_IF_ERROR(budget.Check());
    DAGRAD_RETURN_IF_ERROR(AddBodies(f, bindings, budget, &r.functions));
  }
  return r;
}

std::string JsonOf(const ModelReport& r, bool nodes) {
  boost::json::object metadata;
  for (const auto& [key, value] : r.metadata) metadata[key] = value;
  boost::json::array states;
  for (const StateReport& s : r.states) {
    states.push_back({{"name", s.name}, {"type", s.type}, {"trainable", s.trainable}});
  }
  boost::json::array functions;
  for (const FunctionReport& f : r.functions) functions.push_back(JsonOfFunction(f, nodes));
  const Json j = {{"file", r.file},
                  {"name", r.name},
                  {"metadata", std::move(metadata)},
                  {"has_weights", r.weights == Weights::kPresent},
                  {"parameters", r.trainable},
                  {"state_elements", r.elements},
                  {"state_bytes", r.bytes},
                  {"states", std::move(states)},
                  {"functions", std::move(functions)}};
  return JsonText(j, {.indent = 2, .ascii = true, .sort_keys = false}) + "\n";
}

}  // namespace dagrad::tools
