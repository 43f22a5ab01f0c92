#include "dagrad/runtime/compile/rewrite/graph_editor.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {

GraphEditor::GraphEditor(Function* function, KernelMode kernel_mode,
                         std::vector<RewriteRecord>* records, const Budget& budget)
    : f_(function), kernel_mode_(kernel_mode), budget_(budget), records_(records) {
  const size_t n = f_->nodes.size();
  alive_.assign(n, 1);
  uses_.resize(n);
  replaced_by_.resize(n);
  order_.resize(n);
  position_.resize(n);
  std::iota(order_.begin(), order_.end(), 0);
  std::iota(position_.begin(), position_.end(), 0.0);
  for (size_t id = 0; id < n; ++id) {
    const Node& node = f_->nodes[id];
    uses_[id].assign(node.outputs.size(), 0);
    for (size_t port = 0; port < node.outputs.size(); ++port) {
      replaced_by_[id].push_back({static_cast<NodeId>(id), static_cast<int32_t>(port)});
    }
    for (ValueRef in : node.inputs) AddUse(in, 1);
  }
  for (const Function::Output& o : f_->outputs) AddUse(o.value, 1);
  for (const Function::Update& u : f_->updates) AddUse(u.value, 1);
  FindConstantOp();
}

void GraphEditor::FindConstantOp() {
  for (const Node& node : f_->nodes) {
    if (ConstantValue(node) == nullptr) continue;
    constant_op_ = node.op;
    return;
  }
}

const std::vector<NodeId>& GraphEditor::Order() {
  if (inserted_.empty()) return order_;
  std::stable_sort(inserted_.begin(), inserted_.end(), [&](const auto& a, const auto& b) {
    return position_[a.first] < position_[b.first];
  });
  std::vector<NodeId> merged;
  merged.reserve(order_.size() + inserted_.size());
  size_t next = 0;
  for (NodeId id : order_) {
    while (next < inserted_.size() && inserted_[next].first == id)
      merged.push_back(inserted_[next++].second);
    merged.push_back(id);
  }
  order_ = std::move(merged);
  for (size_t i = 0; i < order_.size(); ++i) position_[order_[i]] = static_cast<double>(i);
  inserted_.clear();
  return order_;
}

ValueRef GraphEditor::Resolve(ValueRef v) {
  ValueRef last = v;
  while (!(replaced_by_[last.node][last.port] == last)) last = replaced_by_[last.node][last.port];
  // The whole way is shortened, so that many questions cost no more than one.
  while (!(v == last)) v = std::exchange(replaced_by_[v.node][v.port], last);
  return last;
}

const Node& GraphEditor::node(NodeId id) {
  Node& node = f_->nodes[id];
  for (ValueRef& in : node.inputs) in = Resolve(in);
  return node;
}

void GraphEditor::AddUse(ValueRef v, int count) { uses_[v.node][v.port] += count; }

bool GraphEditor::Unused(NodeId id) const {
  return std::all_of(uses_[id].begin(), uses_[id].end(), [](int n) { return n == 0; });
}

void GraphEditor::KillIfUnused(NodeId id) {
  doomed_.push_back(id);
  while (!doomed_.empty()) {
    const NodeId dead = doomed_.back();
    doomed_.pop_back();
    if (!alive_[dead] || !Unused(dead) || f_->nodes[dead].op->Has(kStructural)) continue;
    alive_[dead] = 0;
    for (ValueRef in : node(dead).inputs) {
      AddUse(in, -1);
      doomed_.push_back(in.node);
    }
  }
}

void GraphEditor::KillUnused(absl::string_view rule) {
  const std::vector<NodeId> order = Order();
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    if (!alive_[*it] || !Unused(*it) || f_->nodes[*it].op->Has(kStructural)) continue;
    Record(rule, *it, "no output or update needs it");
    alive_[*it] = 0;
    for (ValueRef in : node(*it).inputs) AddUse(in, -1);
  }
}

absl::Status GraphEditor::ReplaceValue(ValueRef from, ValueRef to) {
  to = Resolve(to);
  if (from == to) return absl::OkStatus();
  if (!(type(from) == type(to)) || !ComesBefore(to.node, from.node)) {
    return InternalError(absl::StrCat(Describe(f_->nodes[from.node]), ": cannot be replaced by ",
                                      Describe(f_->nodes[to.node]), " of type ",
                                      type(to).ToString()));
  }
  replaced_by_[from.node][from.port] = to;
  AddUse(to, uses(from));
  uses_[from.node][from.port] = 0;
  KillIfUnused(from.node);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ValueType>> GraphEditor::Infer(const OpDef& op,
                                                          absl::Span<const ValueRef> inputs,
                                                          NodeId before, AttrMap* attrs) const {
  std::vector<ValueType> types;
  for (ValueRef in : inputs) {
    if (!ComesBefore(in.node, before)) return InternalError("an input comes later");
    types.push_back(type(in));
  }
  return InferOp(op, types, attrs);
}

absl::Status GraphEditor::ReplaceNode(NodeId id, const OpDef& op, absl::Span<const ValueRef> inputs,
                                      AttrMap attrs) {
  Node& old = f_->nodes[id];
  absl::StatusOr<std::vector<ValueType>> types = Infer(op, inputs, id, &attrs);
  if (!types.ok())
    return InternalError(
        absl::StrCat(Describe(old), " as ", op.name, ": ", types.status().message()));
  if (types->size() < old.outputs.size() ||
      !std::equal(old.outputs.begin(), old.outputs.end(), types->begin())) {
    return InternalError(absl::StrCat(Describe(old), " as ", op.name, " would be of another type"));
  }
  for (ValueRef in : inputs)
    AddUse(in, 1);  // before the old inputs are given up: some may be the same
  const auto old_inputs = node(id).inputs;
  old.op = &op;
  old.inputs.assign(inputs.begin(), inputs.end());
  old.attrs = std::move(attrs);
  for (size_t port = old.outputs.size(); port < types->size(); ++port) {
    uses_[id].push_back(0);
    replaced_by_[id].push_back({id, static_cast<int32_t>(port)});
  }
  old.outputs = *std::move(types);
  for (ValueRef in : old_inputs) {
    AddUse(in, -1);
    KillIfUnused(in.node);
  }
  return absl::OkStatus();
}

absl::StatusOr<NodeId> GraphEditor::InsertBefore(NodeId anchor, absl::string_view suffix,
                                                 const OpDef& op, absl::Span<const ValueRef> inputs,
                                                 AttrMap attrs) {
  DAGRAD_ASSIGN_OR_RETURN(std::vector<ValueType> types, Infer(op, inputs, anchor, &attrs));
  const NodeId id = static_cast<NodeId>(f_->nodes.size());
  Node added;
  added.op = &op;
  // Ids are unique, so the name is.
  added.name = absl::StrCat(f_->nodes[anchor].name, "/", suffix, "_", id);
  added.inputs.assign(inputs.begin(), inputs.end());
  added.attrs = std::move(attrs);
  added.outputs = std::move(types);
  added.source_file = f_->nodes[anchor].source_file;
  added.source_line = f_->nodes[anchor].source_line;
  added.gradient_of = f_->nodes[anchor].gradient_of;
  alive_.push_back(1);
  uses_.emplace_back(added.outputs.size(), 0);
  replaced_by_.emplace_back();
  for (size_t port = 0; port < added.outputs.size(); ++port) {
    replaced_by_.back().push_back({id, static_cast<int32_t>(port)});
  }
  position_.push_back(position_[anchor] - 0.5);
  inserted_.push_back({anchor, id});
  for (ValueRef in : inputs) AddUse(in, 1);
  f_->nodes.push_back(std::move(added));
  return id;
}

void GraphEditor::Record(absl::string_view rule, NodeId id, absl::string_view reason) {
  records_->push_back({std::string(rule), f_->nodes[id].name, std::string(reason)});
}

void GraphEditor::ResolveResults() {
  for (Function::Output& o : f_->outputs) o.value = Resolve(o.value);
  for (Function::Update& u : f_->updates) u.value = Resolve(u.value);
}

void GraphEditor::Finish() {
  const std::vector<NodeId> order = Order();
  ResolveResults();
  for (auto it = order.rbegin(); it != order.rend(); ++it) KillIfUnused(*it);
  std::vector<NodeId> new_id(f_->nodes.size(), -1);
  std::vector<Node> nodes;
  for (NodeId id : order) {
    if (!alive_[id]) continue;
    node(id);
    new_id[id] = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(f_->nodes[id]));
    for (ValueRef& in : nodes.back().inputs) in.node = new_id[in.node];
  }
  for (Node& n : nodes) n.gradient_of = n.gradient_of < 0 ? -1 : new_id[n.gradient_of];
  f_->nodes = std::move(nodes);
  for (NodeId& id : f_->inputs) id = new_id[id];
  for (NodeId& id : f_->states) id = new_id[id];
  for (Function::Output& o : f_->outputs) o.value.node = new_id[o.value.node];
  for (Function::Update& u : f_->updates) u.value.node = new_id[u.value.node];
}

}  // namespace dagrad::runtime
