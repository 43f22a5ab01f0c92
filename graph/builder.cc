#include "dagrad/graph/builder.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace {

const Node& NoNode() {
  static const Node* const none = new Node();
  return *none;
}

}  // namespace

const Node& Value::node() const { return valid() ? builder_->node(ref_.node) : NoNode(); }

const ValueType& Value::type() const {
  static const ValueType* const invalid = new ValueType();
  return valid() ? builder_->function().type(ref_) : *invalid;
}

Value Value::Named(absl::string_view name) const {
  if (valid()) builder_->Rename(ref_.node, name);
  return *this;
}

GraphBuilder::GraphBuilder(std::string name) { function_.name = std::move(name); }

GraphBuilder::GraphBuilder(Function function) : function_(std::move(function)) {
  for (size_t i = 0; i < function_.nodes.size(); ++i) {
    nodes_by_name_.emplace(function_.nodes[i].name, static_cast<NodeId>(i));
  }
  for (const Function::Output& o : function_.outputs) output_names_.insert(o.name);
  for (const Function::Update& u : function_.updates) updated_states_.insert(u.state);
}

GraphBuilder::GraphBuilder(std::string name, GraphBuilder* outer) : GraphBuilder(std::move(name)) {
  outer_ = outer->Innermost();
}

const Node& GraphBuilder::node(NodeId id) const {
  const bool known = id >= 0 && static_cast<size_t>(id) < function_.nodes.size();
  return known ? function_.nodes[id] : NoNode();
}

std::string GraphBuilder::UniqueName(absl::string_view base) {
  return UniqueWholeName(absl::StrCat(scope_, base));
}

std::string GraphBuilder::UniqueWholeName(std::string name) {
  if (!nodes_by_name_.contains(name)) return name;
  int& suffix = next_suffix_[name];
  while (true) {
    std::string candidate = absl::StrCat(name, "_", ++suffix);
    if (!nodes_by_name_.contains(candidate)) return candidate;
  }
}

Value GraphBuilder::Fail(absl::Status status) {
  if (status_.ok()) status_ = MakeStatus(status.code(), status.message());
  return Value(this, ValueRef{});
}

Value GraphBuilder::Fail(absl::string_view what, SourceLocation location,
                         absl::string_view message) {
  Node place;
  Locate(location, &place);
  absl::string_view file = place.source_file;
  file = file.substr(file.rfind('/') + 1);
  return Fail(InvalidArgumentError(
      absl::StrCat(scope_, what, " (", file, ":", place.source_line, "): ", message)));
}

bool GraphBuilder::IsWithin(const GraphBuilder* other) const {
  const GraphBuilder* builder = this;
  while (builder != nullptr && builder != other) builder = builder->outer_;
  return builder != nullptr;
}

GraphBuilder* GraphBuilder::Innermost() {
  GraphBuilder* innermost = this;
  while (innermost->open_ != nullptr) innermost = innermost->open_;
  return innermost;
}

GraphBuilder* GraphBuilder::InnermostOf(absl::Span<const Value> inputs) {
  GraphBuilder* innermost = Innermost();
  for (const Value& v : inputs) {
    if (v.builder() == nullptr || v.builder() == innermost || v.builder()->outer_ == nullptr)
      continue;
    if (v.builder()->IsWithin(innermost)) innermost = v.builder();
  }
  return innermost;
}

// A line that was set for all nodes holds, the outermost first; else that of the node that is
// differentiated.
void GraphBuilder::Locate(SourceLocation location, Node* node) const {
  node->source_file = location.file;
  node->source_line = location.line;
  for (const GraphBuilder* b = this; b != nullptr; b = b->outer_) {
    if (b->gradient_of_ >= 0) {
      node->source_file = b->node(b->gradient_of_).source_file;
      node->source_line = b->node(b->gradient_of_).source_line;
    } else if (b->located_at_.line > 0) {
      node->source_file = b->located_at_.file;
      node->source_line = b->located_at_.line;
    }
  }
}

Value GraphBuilder::Capture(Value value) {
  const bool outside =
      outer_ != nullptr && value.valid() && value.builder() != this && IsWithin(value.builder());
  if (!outside) return value;
  const Value captured = outer_->Capture(value);
  for (const Captured& c : captures_) {
    if (c.outside == captured) return c.inside;
  }
  const Node& node = captured.node();
  const SourceLocation location{node.source_file.c_str(), node.source_line};
  std::string name = node.name;
  if (captured.ref().port > 0) absl::StrAppend(&name, "_", captured.ref().port);
  const Value input =
      Input(UniqueWholeName(std::move(name)), captured.dtype(), captured.shape(), location);
  if (input.valid()) captures_.push_back({captured, input});
  return input;
}

namespace {

// `inputs` without the optional ones at their end that are Value().
absl::Span<const Value> WithoutAbsent(const OpDef& op, absl::Span<const Value> inputs) {
  while (inputs.size() > op.MinInputs() && !op.inputs.empty() &&
         op.InputPort(inputs.size() - 1).optional && inputs.back().builder() == nullptr)
    inputs.remove_suffix(1);
  return inputs;
}

// ": input 1 is not a value of this graph", of an input that is none.
std::string WhyNoInput(const OpDef& op, size_t i, Value value) {
  if (value.valid()) return absl::StrCat(": input ", i, " belongs to another GraphBuilder");
  const bool absent = value.builder() == nullptr && i < op.inputs.size() && op.inputs[i].optional;
  if (!absent) return absl::StrCat(": input ", i, " is not a value of this graph");
  return absl::StrCat(": input ", i, " (", op.inputs[i].name,
                      ") is left out, but not all inputs after it");
}

}  // namespace

Value GraphBuilder::AddNode(const OpDef& op, absl::Span<const Value> inputs, AttrMap attrs,
                            SourceLocation location) {
  GraphBuilder* builder = InnermostOf(inputs);
  return builder->AddNamed(builder->UniqueName(op.name), op, inputs, std::move(attrs), location);
}

Value GraphBuilder::AddNamed(std::string name, const OpDef& op, absl::Span<const Value> inputs,
                             AttrMap attrs, SourceLocation location) {
  Value invalid(this, ValueRef{});
  if (!status_.ok()) return invalid;
  Node node;
  node.op = &op;
  node.gradient_of = gradient_of_;
  Locate(location, &node);
  node.name = std::move(name);
  inputs = WithoutAbsent(op, inputs);
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (const Value& given : inputs) {
    const Value v = Capture(given);
    if (!v.valid() || v.builder() != this)
      return Fail(InvalidArgumentError(Describe(node) + WhyNoInput(op, types.size(), v)));
    node.inputs.push_back(v.ref());
    types.push_back(v.type());
  }
  absl::StatusOr<std::vector<ValueType>> outputs = InferOp(op, types, &attrs);
  if (!outputs.ok()) return Fail(Prefixed(Describe(node), outputs.status()));
  node.attrs = std::move(attrs);
  node.outputs = *std::move(outputs);
  const NodeId id = static_cast<NodeId>(function_.nodes.size());
  nodes_by_name_.emplace(node.name, id);
  function_.nodes.push_back(std::move(node));
  return Value(this, ValueRef{id, 0});
}

Value GraphBuilder::AddOutput(Value value, int64_t element) {
  if (!value.valid() || value.builder() != this) return Value(this, ValueRef{});
  const NodeId id = value.ref().node;
  const absl::string_view name = node(id).op->more_outputs;
  if (name.empty()) {
    return Fail(InvalidArgumentError(
        absl::StrCat(Describe(node(id)), ": its op can have no more outputs")));
  }
  AttrMap attrs = node(id).attrs;
  auto elements = attrs.Get<std::vector<int64_t>>(name);
  const size_t before = node(id).outputs.size() - elements.size();
  const auto at = std::find(elements.begin(), elements.end(), element) - elements.begin();
  const Value output(this, ValueRef{id, static_cast<int32_t>(before + at)});
  if (at < static_cast<int64_t>(elements.size())) return output;
  elements.push_back(element);
  attrs.Set(name, std::move(elements));
  std::vector<ValueType> types;
  for (const ValueRef& in : node(id).inputs) types.push_back(function_.type(in));
  absl::StatusOr<std::vector<ValueType>> outputs = InferOp(*node(id).op, types, &attrs);
  if (!outputs.ok()) return Fail(Prefixed(Describe(node(id)), outputs.status()));
  function_.nodes[id].attrs = std::move(attrs);
  function_.nodes[id].outputs = *std::move(outputs);
  return output;
}

std::vector<Value> GraphBuilder::Outputs(Value value, int count) {
  if (value.valid() && value.builder() != this && value.builder()->IsWithin(this))
    return value.builder()->Outputs(value, count);
  std::vector<Value> values(std::max(count, 0), Value(this, ValueRef{}));
  if (!value.valid() || value.builder() != this) return values;
  values.clear();
  for (size_t i = 0; i < value.node().outputs.size(); ++i) {
    values.emplace_back(this, ValueRef{value.ref().node, static_cast<int32_t>(i)});
  }
  return values;
}

Value GraphBuilder::AddPlaceholder(const OpDef& op, absl::string_view name, DType dtype,
                                   Shape shape, SourceLocation location) {
  if (name.empty()) return Fail(op.name, location, "needs a name");
  if (nodes_by_name_.contains(name)) {
    return Fail(op.name, location, absl::StrCat("the name \"", name, "\" is taken"));
  }
  return AddNamed(std::string(name), op, {}, {{"dtype", dtype}, {"shape", std::move(shape)}},
                  location);
}

Value GraphBuilder::Input(absl::string_view name, DType dtype, Shape shape,
                          SourceLocation location) {
  Value v = AddPlaceholder(InputOp(), name, dtype, std::move(shape), location);
  if (v.valid()) function_.inputs.push_back(v.ref().node);
  return v;
}

Value GraphBuilder::State(absl::string_view name, DType dtype, Shape shape,
                          SourceLocation location) {
  if (outer_ != nullptr) {
    return Fail("State", location,
                absl::StrCat("a body has no state; read \"", name,
                             "\" outside, and use that value here (body_c1)"));
  }
  if (!shape.IsStatic()) {
    return Fail(
        "State", location,
        absl::StrCat("state \"", name, "\" needs a shape of numbers, not ", shape.ToString()));
  }
  auto it = nodes_by_name_.find(name);
  if (it != nodes_by_name_.end() && function_.nodes[it->second].op == &StateOp()) {
    Value v(this, ValueRef{it->second, 0});
    const ValueType asked{dtype, std::move(shape)};
    if (v.type() == asked) return v;
    return Fail(
        "State", location,
        absl::StrCat("state \"", name, "\" is ", v.type().ToString(), ", not ", asked.ToString()));
  }
  Value v = AddPlaceholder(StateOp(), name, dtype, std::move(shape), location);
  if (v.valid()) function_.states.push_back(v.ref().node);
  return v;
}

void GraphBuilder::Output(absl::string_view name, Operand value) {
  if (!status_.ok()) return;
  const Value own = Capture(value.value());
  if (!own.valid() || own.builder() != this) {
    Fail("Output", value.location(),
         absl::StrCat("output \"", name, "\" is not a value of this graph"));
  } else if (name.empty()) {
    Fail("Output", value.location(), "needs a name");
  } else if (!output_names_.insert(std::string(name)).second) {
    Fail("Output", value.location(), absl::StrCat("the name \"", name, "\" is taken"));
  } else {
    function_.outputs.push_back({std::string(name), own.ref(), ""});
  }
}

void GraphBuilder::Update(absl::string_view state, Operand value) {
  if (!status_.ok()) return;
  auto fail = [&](absl::string_view why) {
    Fail("Update", value.location(), absl::StrCat("state \"", state, "\" ", why));
  };
  if (outer_ != nullptr) return fail("is outside of the body, which updates none (body_c1)");
  if (!value.value().valid() || value.builder() != this)
    return fail("is given no value of this graph");
  if (updated_states_.contains(state)) return fail("is updated twice");
  auto it = nodes_by_name_.find(state);
  if (it != nodes_by_name_.end() && function_.nodes[it->second].op == &StateOp()) {
    const ValueType& declared = function_.nodes[it->second].outputs[0];
    if (!(declared == value.value().type())) {
      return fail(absl::StrCat("is ", declared.ToString(), "; its new value is ",
                               value.value().type().ToString()));
    }
  }
  updated_states_.emplace(state);
  function_.updates.push_back({std::string(state), value.value().ref(), ""});
}

void GraphBuilder::Rename(NodeId id, absl::string_view name) {
  Node& node = function_.nodes[id];
  if (node.op->Has(kStructural)) {
    Fail(InvalidArgumentError(
        absl::StrCat(Describe(node), ": inputs and states cannot be renamed")));
    return;
  }
  if (node.name == absl::StrCat(scope_, name)) return;
  nodes_by_name_.erase(node.name);
  node.name = UniqueName(name);
  nodes_by_name_.emplace(node.name, id);
}

Value GraphBuilder::Find(absl::string_view node_name) {
  auto it = nodes_by_name_.find(node_name);
  return Value(this, ValueRef{it == nodes_by_name_.end() ? -1 : it->second, 0});
}

absl::StatusOr<Function> GraphBuilder::Build() try {
  if (!status_.ok()) return status_;
  nodes_by_name_.clear();
  next_suffix_.clear();
  output_names_.clear();
  updated_states_.clear();
  outer_ = nullptr;  // it is no part of that any more
  status_ = FailedPreconditionError(
      absl::StrCat("the builder of function \"", function_.name, "\" has built it: use another"));
  return std::exchange(function_, Function());
}
DAGRAD_CATCH_NO_MEMORY

GraphBuilder::Scope::Scope(GraphBuilder* builder, absl::string_view name)
    : builder_(builder), old_size_(builder == nullptr ? 0 : builder->scope_.size()) {
  if (builder != nullptr) absl::StrAppend(&builder->scope_, name, "/");
}

GraphBuilder::Scope::~Scope() {
  if (builder_ != nullptr) builder_->scope_.resize(old_size_);
}

GraphBuilder::LocatedAt::LocatedAt(GraphBuilder* builder, SourceLocation location)
    : builder_(builder), old_(builder == nullptr ? SourceLocation{} : builder->located_at_) {
  if (builder != nullptr && old_.line == 0) builder->located_at_ = location;
}

GraphBuilder::LocatedAt::~LocatedAt() {
  if (builder_ != nullptr) builder_->located_at_ = old_;
}

GraphBuilder::GradientOf::GradientOf(GraphBuilder* builder, NodeId id)
    : builder_(builder), old_(builder == nullptr ? -1 : std::exchange(builder->gradient_of_, id)) {}

GraphBuilder::GradientOf::~GradientOf() {
  if (builder_ != nullptr) builder_->gradient_of_ = old_;
}

Value AddNode(const OpDef& op, std::initializer_list<Operand> inputs, AttrMap attrs) {
  const Operand* first = nullptr;
  absl::InlinedVector<Value, 8> values;
  for (const Operand& input : inputs) {
    if (first == nullptr && input.builder() != nullptr) first = &input;
    values.push_back(input.value());
  }
  if (first == nullptr) return Value();
  return first->builder()->AddNode(op, values, std::move(attrs), first->location());
}

}  // namespace dagrad
