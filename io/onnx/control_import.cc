// What nodes with graphs become: If and Scan, and what Loop shares with them (loop_import.cc).
#include "dagrad/io/onnx/control_import.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::onnx {

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

std::string Differs(absl::string_view what, size_t i, const ValueType& a, absl::string_view other,
                    const ValueType& b) {
  return absl::StrCat(what, " ", i, " is ", a.ToString(), other, b.ToString());
}

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
    outputs->push_back(ImportedOf(v));
  return bodies.outer()->status();
}

// From version 9 on: the scanned axes of inputs and outputs, each in one of two directions.
absl::Status ControlImport::Scan(std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  DAGRAD_ASSIGN_OR_RETURN(body_, Graph("body"));
  if (c_.has_attribute("directions") || opsets_.at("") < 9)
    return UnimplementedError("version 8 of the op, which has a batch axis");
  const int64_t of_attribute = c_.Int("num_scan_inputs", 0);
  const int scanned = static_cast<int>(std::clamp<int64_t>(of_attribute, 0, INT_MAX));
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
                     for (const Value& v : c) in.push_back(ImportedOf(v));
                     for (const Value& v : x) in.push_back(ImportedOf(v));
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
  for (const Value& v : result.carried) outputs->push_back(ImportedOf(v));
  for (int i = 0; i < stacked; ++i) {
    Value y = result.outputs[i];
    if (out_directions[i] != directions[0]) y = Reverse(y, 0);
    outputs->push_back(ImportedOf(MoveAxis(y, 0, AxisOf(c_, out_axes[i], y.rank()))));
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
