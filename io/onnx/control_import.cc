// What nodes with graphs become: If, Loop and Scan.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/graph_import.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/control/while/while.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kMostUnrolled = 1024;  // steps of a loop that become nodes of their own

ImportedPtr Of(Value value) {
  auto v = std::make_shared<Imported>();
  v->value = value;
  return v;
}

ImportedPtr OfConstant(Tensor tensor) {
  auto v = std::make_shared<Imported>();
  v->constant = std::move(tensor);
  return v;
}

// Whether one bool is known, and which.
std::optional<bool> KnownBool(const Imported* v) {
  if (v == nullptr || !v->IsFixed() || v->constant->dtype() != DType::kBool ||
      v->constant->num_elements() != 1) {
    return std::nullopt;
  }
  return v->constant->data<bool>()[0];
}

bool HasSequence(const std::vector<ImportedPtr>& values) {
  return std::any_of(values.begin(), values.end(),
                     [](const ImportedPtr& v) { return v->sequence.has_value(); });
}

Value ScalarOf(Value v) { return v.rank() == 0 ? v : Reshape(v, {}); }

// "output 1 of a step is float32[2], and before it float32[3]"
std::string Differs(absl::string_view what, size_t i, const ValueType& a, absl::string_view other,
                    const ValueType& b) {
  return absl::StrCat(what, " ", i, " is ", a.ToString(), other, b.ToString());
}

}  // namespace

// One node with graphs. The graph of a branch or a step is imported again for each way in which
// that is tried.
class ControlImport {
 public:
  ControlImport(GraphImport* import, const proto::Node& node,
                const std::vector<ImportedPtr>& inputs, const GraphImport::Opsets& opsets,
                const ValueScope& scope, int depth)
      : import_(*import),
        inputs_(inputs),
        opsets_(opsets),
        scope_(scope),
        depth_(depth),
        c_(node, 1, import->builder_, inputs, &import->external_) {}

  absl::Status If(std::vector<ImportedPtr>* outputs);
  absl::Status Loop(std::vector<ImportedPtr>* outputs);
  absl::Status Scan(std::vector<ImportedPtr>* outputs);

 private:
  absl::StatusOr<const proto::Graph*> Graph(absl::string_view attribute) const;
  // The graph's outputs for these inputs, where nodes are made now: its values are in `scope`.
  absl::StatusOr<std::vector<ImportedPtr>> Import(const proto::Graph& graph,
                                                  const std::vector<ImportedPtr>& inputs,
                                                  ValueScope* scope);
  // The same in a body, as values of it. After an error, which status_ then is, none.
  Values ImportInto(GraphBuilder* body, const proto::Graph& graph,
                    const std::vector<ImportedPtr>& inputs, std::vector<bool>* flags = nullptr);

  // ---- Loop
  absl::Status ReadLoop();
  absl::Status Unroll(std::vector<ImportedPtr>* outputs);
  // False, with nothing made, where a step changes the type of what is carried, or an op in it must
  // know the number of the step.
  absl::StatusOr<bool> LoopAsScan(const Dim& steps, std::vector<ImportedPtr>* outputs);
  absl::Status LoopAsWhile(std::vector<ImportedPtr>* outputs);
  // Whether the condition that a step gives is the one that it gets, or true.
  bool IsForLoop() const;
  // A number or flag as the graph's input i declares it: with rank 0, or as [1].
  Value AsDeclared(int i, Value scalar) const;

  GraphImport& import_;
  const std::vector<ImportedPtr>& inputs_;
  const GraphImport::Opsets& opsets_;
  const ValueScope& scope_;
  const int depth_;
  NodeImport c_;
  absl::Status status_;  // of what was imported into bodies

  const proto::Graph* body_ = nullptr;
  std::vector<ImportedPtr> carried_;
};

absl::StatusOr<const proto::Graph*> ControlImport::Graph(absl::string_view attribute) const {
  const proto::Attribute* graph = c_.attribute(attribute);
  if (graph != nullptr && graph->has_g()) return &graph->g();
  return InvalidArgumentError(absl::StrCat("it lacks the graph ", attribute));
}

absl::StatusOr<std::vector<ImportedPtr>> ControlImport::Import(
    const proto::Graph& graph, const std::vector<ImportedPtr>& inputs,
    ValueScope* scope) {  // NOLINT(misc-no-recursion): ImportNode bounds it
  if (static_cast<size_t>(graph.input_size()) != inputs.size()) {
    return InvalidArgumentError(absl::StrCat("graph ", graph.name(), " has ", graph.input_size(),
                                             " inputs, not ", inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!scope->Add(graph.input(static_cast<int>(i)).name(), inputs[i]))
      return AlreadyExistsError("two inputs of the graph have one name");
  }
  DAGRAD_RETURN_IF_ERROR(import_.AddInitializers(graph, scope, false));
  DAGRAD_RETURN_IF_ERROR(import_.ImportNodes(graph.node(), opsets_, scope, depth_));
  std::vector<ImportedPtr> outputs;
  for (const proto::ValueInfo& output : graph.output()) {
    outputs.push_back(scope->Find(output.name()));
    if (outputs.back() == nullptr) {
      return NotFoundError(absl::StrCat("output ", output.name(), " of graph ", graph.name(),
                                        " is the result of no node"));
    }
  }
  return outputs;
}

Values ControlImport::ImportInto(GraphBuilder* body, const proto::Graph& graph,
                                 const std::vector<ImportedPtr>& inputs,
                                 std::vector<bool>* flags) {  // NOLINT(misc-no-recursion)
  GraphBuilder* const outer = std::exchange(import_.builder_, body);
  const auto restore = absl::MakeCleanup([&] { import_.builder_ = outer; });
  ValueScope scope(&scope_, true);
  const auto outputs = Import(graph, inputs, &scope);
  status_.Update(outputs.status());
  if (!outputs.ok()) return {};
  if (HasSequence(*outputs)) {
    status_.Update(NeedOfConstant("for the sequences that its graph gives, its first input"));
    return {};
  }
  Values values;
  for (const ImportedPtr& v : *outputs) {
    if (flags != nullptr) flags->push_back(KnownBool(v.get()) == true);
    values.push_back(Materialize(body, v.get()));
  }
  status_.Update(body->status());
  return values;
}

absl::Status ControlImport::If(std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  DAGRAD_ASSIGN_OR_RETURN(const proto::Graph* then_branch, Graph("then_branch"));
  DAGRAD_ASSIGN_OR_RETURN(const proto::Graph* else_branch, Graph("else_branch"));
  if (const std::optional<bool> condition = KnownBool(c_.imported(0))) {
    ValueScope scope(&scope_);
    DAGRAD_ASSIGN_OR_RETURN(*outputs, Import(*condition ? *then_branch : *else_branch, {}, &scope));
    return absl::OkStatus();
  }
  const Value condition = c_.in(0);
  DAGRAD_RETURN_IF_ERROR(c_.status());
  ops::BodiesOfNode bodies(import_.builder_);
  std::vector<ValueType> types[2];
  const auto add = [&](std::string name, const proto::Graph& graph, int branch) {
    bodies.Add(std::move(name), {}, {}, [&](GraphBuilder& body, absl::Span<const Value>) {
      Values values = ImportInto(&body, graph, {});
      types[branch] = ops::TypesOf(values);
      return values;
    });
  };
  add("then", *then_branch, 0);
  add("else", *else_branch, 1);
  if (!status_.ok() && !absl::IsResourceExhausted(status_) && !absl::IsCancelled(status_) &&
      !absl::IsDeadlineExceeded(status_)) {
    // Exporters write branches that are good for the sizes alone for which they are taken.
    return NeedOfConstant(absl::StrCat(status_.message(),
                                       ": as a branch cannot be imported, input 0 \"",
                                       c_.node().input(0), "\""));
  }
  DAGRAD_RETURN_IF_ERROR(status_);
  if (types[0].size() != types[1].size())
    return InvalidArgumentError("its branches have different numbers of outputs");
  for (size_t i = 0; i < types[0].size(); ++i) {
    if (types[0][i] == types[1][i]) continue;
    const std::string what = Differs("output", i, types[0][i], " of then_branch and ", types[1][i]);
    return NeedOfConstant(
        absl::StrCat(what, " of else_branch: so input 0 \"", c_.node().input(0), "\""));
  }
  const std::vector<BodyPtr> made = bodies.Build();
  std::vector<Value> operands = {ScalarOf(condition)};
  operands.insert(operands.end(), bodies.captures().begin(), bodies.captures().end());
  const Value first = bodies.outer()->AddNode(ops::IfOp(), operands,
                                              {{"then_branch", made[0]}, {"else_branch", made[1]}},
                                              SourceLocation::Current());
  for (const Value& v : bodies.outer()->Outputs(first, static_cast<int>(types[0].size())))
    outputs->push_back(Of(v));
  return bodies.outer()->status();
}

absl::Status ControlImport::ReadLoop() {
  DAGRAD_ASSIGN_OR_RETURN(body_, Graph("body"));
  for (int i = 2; i < c_.num_inputs(); ++i) {
    if (!c_.has(i)) return InvalidArgumentError(absl::StrCat("input ", i, " is missing"));
    carried_.push_back(c_.input_ptr(i));
  }
  const int needed = static_cast<int>(carried_.size()) + 1;
  if (body_->input_size() == needed + 1 && body_->output_size() >= needed) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("for ", carried_.size(),
                                           " carried values, its body has ", body_->input_size(),
                                           " inputs and ", body_->output_size(), " outputs"));
}

bool ControlImport::IsForLoop() const {
  std::string name = body_->output(0).name();
  for (int i = body_->node_size() - 1; i >= 0; --i) {
    const proto::Node& node = body_->node(i);
    if (node.output_size() != 1 || node.output(0) != name) continue;
    if (node.op_type() == "Constant") return true;  // LoopAsScan looks whether it is true
    if (node.op_type() != "Identity" || node.input_size() != 1) return false;
    name = node.input(0);
  }
  const auto& constants = body_->initializer();
  return name == body_->input(1).name() ||
         std::any_of(constants.begin(), constants.end(),
                     [&](const proto::Tensor& t) { return t.name() == name; }) ||
         KnownBool(scope_.Find(name).get()).has_value();
}

Value ControlImport::AsDeclared(int i, Value scalar) const {
  const proto::Type& type = body_->input(i).type();
  const bool is_vector = type.value_case() == proto::Type::kTensorType &&
                         type.tensor_type().has_shape() &&
                         type.tensor_type().shape().dim_size() == 1;
  return is_vector ? Reshape(scalar, {1}) : scalar;
}

absl::Status ControlImport::Loop(std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  DAGRAD_RETURN_IF_ERROR(ReadLoop());
  std::optional<std::vector<Dim>> most;
  if (c_.has(0) && c_.imported(0)->state.empty()) most = DimsOf(*c_.imported(0));
  if (most.has_value() && most->size() != 1)
    return InvalidArgumentError("its number of steps is no scalar");
  const bool is_true = !c_.has(1) || KnownBool(c_.imported(1)) == true;
  const bool is_counted = most.has_value() && is_true && IsForLoop();
  if (is_counted && !HasSequence(carried_)) {
    // A negative number of steps is none.
    const bool is_number = TensorOf(*most, true).has_value();
    const Dim steps = is_number && !(*most)[0].is_known() ? Dim(0) : (*most)[0];
    DAGRAD_ASSIGN_OR_RETURN(const bool is_done, LoopAsScan(steps, outputs));
    if (is_done) return absl::OkStatus();
  }
  const bool is_known = KnownBool(c_.imported(1)).has_value() || !c_.has(1);
  const bool stacks = body_->output_size() > static_cast<int>(carried_.size()) + 1;
  if (!HasSequence(carried_) && !stacks && !is_counted) return LoopAsWhile(outputs);
  if (is_known && (most.has_value() ? TensorOf(*most, true).has_value() : !c_.has(0)))
    return Unroll(outputs);
  return NeedOfConstant(
      stacks ? "the number of its steps, whose outputs it stacks,"
             : "the number of its steps, which carry sequences or change their types,");
}

absl::Status ControlImport::Unroll(
    std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  const int64_t most = c_.Integer(0, INT64_MAX);
  const auto count = static_cast<size_t>(body_->output_size()) - 1 - carried_.size();
  std::vector<std::vector<Value>> stacked(count);
  ImportedPtr condition = c_.has(1) ? c_.input_ptr(1) : OfConstant(Tensor::Scalar(true));
  for (int64_t i = 0; i < most && KnownBool(condition.get()) == true; ++i) {
    if (i == kMostUnrolled) {
      return UnimplementedError(absl::StrCat("a loop of more than ", kMostUnrolled,
                                             " steps whose types or sequences change"));
    }
    std::vector<ImportedPtr> inputs = {OfConstant(Tensor::Scalar(i)), condition};
    inputs.insert(inputs.end(), carried_.begin(), carried_.end());
    ValueScope scope(&scope_);
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<ImportedPtr> values, Import(*body_, inputs, &scope));
    condition = values[0];
    if (!KnownBool(condition.get()).has_value())
      return NeedOfConstant(absl::StrCat("the condition of step ", i, " of its loop"));
    const auto behind = values.begin() + 1 + static_cast<int64_t>(carried_.size());
    carried_.assign(values.begin() + 1, behind);
    for (size_t k = 0; k < count; ++k)
      stacked[k].push_back(
          Materialize(import_.builder_, (behind + static_cast<int64_t>(k))->get()));
  }
  *outputs = carried_;
  for (const std::vector<Value>& values : stacked) {
    if (values.empty()) return UnimplementedError("a loop of no steps that stacks outputs");
    outputs->push_back(Of(Stack(values)));
  }
  return import_.builder_->status();
}

absl::StatusOr<bool> ControlImport::LoopAsScan(
    const Dim& steps, std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  GraphBuilder* const builder = import_.builder_;
  std::vector<Value> init = {Constant(builder, Tensor::Scalar<int64_t>(0))};
  for (const ImportedPtr& v : carried_) init.push_back(Materialize(builder, v.get()));
  DAGRAD_RETURN_IF_ERROR(builder->status());
  const std::vector<ValueType> types = ops::TypesOf(init);
  std::vector<std::string> names;
  for (size_t i = 0; i < init.size(); ++i) names.push_back(absl::StrCat("c", i));
  ops::BodiesOfNode bodies(builder);
  bool fits = true;
  size_t count = 0;
  bodies.Add("step", names, types, [&](GraphBuilder& body, absl::Span<const Value> c) {
    std::vector<ImportedPtr> in = {Of(AsDeclared(0, c[0])), OfConstant(Tensor::Scalar(true))};
    for (const Value& v : c.subspan(1)) in.push_back(Of(v));
    std::vector<bool> is_true;
    Values values = ImportInto(&body, *body_, in, &is_true);
    if (values.empty()) return values;
    values[0] = c[0] + 1;  // in the place of the condition
    for (size_t i = 0; i < types.size(); ++i) fits = fits && values[i].type() == types[i];
    fits = fits && is_true[0];
    count = values.size();
    return values;
  });
  if (IsNeedOfConstant(status_)) {  // of the number of the step, perhaps
    status_ = absl::OkStatus();
    fits = false;
  }
  DAGRAD_RETURN_IF_ERROR(status_);
  if (!fits) return false;
  const std::vector<BodyPtr> made = bodies.Build();
  const auto carried = static_cast<int64_t>(init.size());
  init.insert(init.end(), bodies.captures().begin(), bodies.captures().end());
  const Value first = bodies.outer()->AddNode(ops::ScanOp(), init,
                                              {{"body", made[0]},
                                               {"num_carried", carried},
                                               {"num_scanned", int64_t{0}},
                                               {"length", Shape({steps})}},
                                              SourceLocation::Current());
  const std::vector<Value> all = bodies.outer()->Outputs(first, static_cast<int>(count));
  for (size_t i = 1; i < all.size(); ++i) outputs->push_back(Of(all[i]));
  DAGRAD_RETURN_IF_ERROR(builder->status());
  return true;
}

absl::Status ControlImport::LoopAsWhile(
    std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  GraphBuilder* const builder = import_.builder_;
  std::vector<Value> init = {
      Constant(builder, Tensor::Scalar<int64_t>(0)),
      c_.has(1) ? ScalarOf(c_.in(1)) : Constant(builder, Tensor::Scalar(true))};
  for (const ImportedPtr& v : carried_) init.push_back(Materialize(builder, v.get()));
  const Value most = c_.has(0) ? ScalarOf(c_.in(0)) : Value();
  DAGRAD_RETURN_IF_ERROR(c_.status());
  DAGRAD_RETURN_IF_ERROR(builder->status());
  const auto condition = [&](GraphBuilder&, absl::Span<const Value> c) {
    return c_.has(0) ? LogicalAnd(c[1], Less(c[0], most)) : c[1];
  };
  const auto step = [&](GraphBuilder& body, absl::Span<const Value> c) -> Values {
    std::vector<ImportedPtr> in = {Of(AsDeclared(0, c[0])), Of(AsDeclared(1, c[1]))};
    for (const Value& v : c.subspan(2)) in.push_back(Of(v));
    Values values = ImportInto(&body, *body_, in);
    if (values.empty()) return Values(std::vector<Value>(c.begin(), c.end()));
    for (size_t i = 1; i < values.size() && status_.ok(); ++i) {
      const ValueType before = c[i + 1].type(), after = values[i].type();
      if (after == before) continue;
      status_ = UnimplementedError(
          absl::StrCat(Differs("carried value", i - 1, before, " before a step and ", after),
                       " behind it, in a loop of an unknown number of steps"));
    }
    values[0] = ScalarOf(values[0]);
    values.insert(values.begin(), c[0] + 1);
    return values;
  };
  const WhileResult result = While(init, condition, step);
  DAGRAD_RETURN_IF_ERROR(status_);
  DAGRAD_RETURN_IF_ERROR(builder->status());
  for (size_t i = 2; i < result.carried.size(); ++i) outputs->push_back(Of(result.carried[i]));
  return absl::OkStatus();
}

// From version 9 on: the scanned axes of inputs and outputs, each in one of two directions.
absl::Status ControlImport::Scan(std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  DAGRAD_ASSIGN_OR_RETURN(body_, Graph("body"));
  if (c_.has_attribute("directions") || opsets_.at("") < 9)
    return UnimplementedError("version 8 of the op, which has a batch axis");
  const int scanned = static_cast<int>(c_.Int("num_scan_inputs", 0));
  const int carried = c_.num_inputs() - scanned, stacked = body_->output_size() - carried;
  if (scanned < 1 || carried < 0 || stacked < 0)
    return InvalidArgumentError("num_scan_inputs does not fit its inputs and its body's outputs");
  const auto given = [&](absl::string_view name, int count) {
    std::vector<int64_t> values = c_.Ints(name, std::vector<int64_t>(count, 0));
    if (static_cast<int>(values.size()) != count)
      c_.Invalid(absl::StrCat(name, " is to have ", count, " elements"));
    values.resize(count);
    return values;
  };
  const std::vector<int64_t> axes = given("scan_input_axes", scanned);
  const std::vector<int64_t> directions = given("scan_input_directions", scanned);
  const std::vector<int64_t> out_axes = given("scan_output_axes", stacked);
  const std::vector<int64_t> out_directions = given("scan_output_directions", stacked);
  std::vector<Value> init, xs;
  for (int i = 0; i < c_.num_inputs(); ++i) (i < carried ? init : xs).push_back(c_.in(i));
  for (int i = 0; i < scanned && c_.ok(); ++i) {
    const int axis = AxisOf(c_, axes[i], xs[i].rank());
    if (!c_.ok()) break;
    xs[i] = MoveAxis(xs[i], axis, 0);
    if (directions[i] != directions[0]) xs[i] = Reverse(xs[i], 0);
  }
  DAGRAD_RETURN_IF_ERROR(c_.status());
  const ScanResult result =
      dagrad::Scan(init, xs,
                   [&](GraphBuilder& body, absl::Span<const Value> c, absl::Span<const Value> x) {
                     std::vector<ImportedPtr> in;
                     for (const Value& v : c) in.push_back(Of(v));
                     for (const Value& v : x) in.push_back(Of(v));
                     const Values values = ImportInto(&body, *body_, in);
                     if (values.empty())
                       return ScanStep{.carried = {std::vector<Value>(c.begin(), c.end())}};
                     const auto behind = values.begin() + carried;
                     return ScanStep{.carried = {std::vector<Value>(values.begin(), behind)},
                                     .outputs = {std::vector<Value>(behind, values.end())}};
                   },
                   {.reverse = directions[0] != 0});
  DAGRAD_RETURN_IF_ERROR(status_);
  DAGRAD_RETURN_IF_ERROR(import_.builder_->status());
  for (const Value& v : result.carried) outputs->push_back(Of(v));
  for (int i = 0; i < stacked; ++i) {
    Value y = result.outputs[i];
    if (out_directions[i] != directions[0]) y = Reverse(y, 0);
    outputs->push_back(Of(MoveAxis(y, 0, AxisOf(c_, out_axes[i], y.rank()))));
  }
  return c_.status();
}

absl::Status GraphImport::ImportControl(const proto::Node& node,
                                        const std::vector<ImportedPtr>& inputs,
                                        const Opsets& opsets, const ValueScope& scope,
                                        std::vector<ImportedPtr>* outputs,
                                        int depth) {  // NOLINT(misc-no-recursion)
  ControlImport import(this, node, inputs, opsets, scope, depth);
  if (node.op_type() == "If") return import.If(outputs);
  return node.op_type() == "Loop" ? import.Loop(outputs) : import.Scan(outputs);
}

}  // namespace dagrad::onnx
