// Nodes with functions of their own: graphs of ONNX's nodes, which see the values around them.
#include <string>

#include "dagrad/graph/body.h"
#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/scan.h"

namespace dagrad::onnx {
namespace {

using VarList = std::vector<Var>;

VarList Joined(VarList a, const VarList& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

VarList Part(const VarList& all, size_t from, size_t to) {
  return VarList(all.begin() + static_cast<int64_t>(from), all.begin() + static_cast<int64_t>(to));
}

// The gradient of a CustomGradient was written as nodes where it was asked for.
void WriteCall(NodeExport& c) {
  const VarList outputs = c.Body("function", c, c.all_inputs());
  for (size_t i = 0; i < outputs.size(); ++i) c.out(static_cast<int>(i), c.Copy(outputs[i]));
}

proto::Graph Branch(NodeExport& c, const char* name, const VarList& operands) {
  proto::Graph graph;
  graph.set_name(name);
  NodeWriter writer(graph.mutable_node(), c.writer()->names());
  NodeExport inner(c.node(), c.opset(), {}, &writer, nullptr);
  for (const Var& output : c.Body(name, inner, operands)) AddOutput(inner, output, &graph);
  return graph;
}

void WriteIf(NodeExport& c) {
  const VarList all = c.all_inputs(), operands = Part(all, 1, all.size());
  const proto::Graph then_branch = Branch(c, "then_branch", operands),
                     else_branch = Branch(c, "else_branch", operands);
  const int outputs = then_branch.output_size();
  VarList results =
      c.Ops("If", {all[0]}, {{"then_branch", then_branch}, {"else_branch", else_branch}}, outputs);
  for (int i = 0; i < outputs; ++i) {
    results[static_cast<size_t>(i)].dtype = c.out_dtype(i);
    c.out(i, results[static_cast<size_t>(i)]);
  }
}

// Adds zeros behind the steps that were made, up to `steps` of them.
Var Filled(NodeExport& c, const Var& made, int64_t steps) {
  const Var size = c.Op("Shape", {made}, {{"end", 1}}, DType::kInt64);
  const Var rest = c.Op("Shape", {made}, {{"start", 1}}, DType::kInt64);
  const Var zeros =
      c.Op("Expand", {c.Scalar(0, made.dtype), c.Concat({c.Ints({steps}) - size, rest}, 0)});
  return c.Concat({made, zeros}, 0);
}

// The condition is computed before the first step and after each; the steps are counted.
void WriteWhile(NodeExport& c) {
  const VarList all = c.all_inputs();
  const auto& kept = c.attr<std::vector<int64_t>>("kept");
  const int64_t most = c.attr<int64_t>("max_iterations");
  const size_t carried = c.node().outputs.size() - 1 - kept.size();
  const VarList init = Part(all, 0, carried), outside = Part(all, carried, all.size());
  const Var begins = c.Body("condition", c, all)[0];

  proto::Graph graph;
  graph.set_name("step");
  NodeWriter writer(graph.mutable_node(), c.writer()->names());
  NodeExport inner(c.node(), c.opset(), {}, &writer, nullptr);
  const Var zero = c.Scalar(0, DType::kInt64);
  AddInputs(inner, {zero}, "iteration", &graph);
  AddInputs(inner, {begins}, "goes_on", &graph);
  // Loop needs the ranks of these.
  for (proto::ValueInfo& input : *graph.mutable_input())
    input.mutable_type()->mutable_tensor_type()->mutable_shape();
  const VarList before = AddInputs(inner, Joined(init, {zero}), "carried", &graph);
  const VarList operands = Part(before, 0, carried);
  const VarList after = c.Body("body", inner, Joined(operands, outside));
  AddOutput(inner, c.Body("condition", inner, Joined(after, outside))[0], &graph);
  for (const Var& value : after) AddOutput(inner, value, &graph);
  AddOutput(inner, before[carried] + inner.Scalar(1, DType::kInt64), &graph);
  for (int64_t i : kept) AddOutput(inner, before[static_cast<size_t>(i)], &graph);

  const Var trips = most > 0 ? c.Scalar(static_cast<double>(most), DType::kInt64) : Var();
  const VarList results = c.Ops("Loop", Joined({trips, begins}, Joined(init, {zero})),
                                {{"body", graph}}, static_cast<int>(c.node().outputs.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    const int port = static_cast<int>(i);
    Var y = results[i];
    y.dtype = c.out_dtype(port);
    c.out(port, i > carried && c.wants(port) ? Filled(c, y, most) : y);
  }
}

// A Scan without anything to slice goes over the numbers of the steps.
void WriteScan(NodeExport& c) {
  const VarList all = c.all_inputs();
  const auto carried = static_cast<size_t>(c.attr<int64_t>("num_carried")),
             end = carried + static_cast<size_t>(c.attr<int64_t>("num_scanned"));
  VarList slices = Part(all, carried, end);
  const VarList outside = Part(all, end, all.size());
  const Shape& length = c.attr<Shape>("length");
  if (slices.empty()) slices = {Counted(c, length.dim(0))};
  const size_t scanned = end - carried;
  const auto step = [&](NodeExport& inner, const VarList& before, const VarList& x) {
    const VarList y = c.Body("body", inner, Joined(before, Joined(Part(x, 0, scanned), outside)));
    Step made = {Part(y, 0, carried), Part(y, carried, y.size())};
    for (int64_t i : c.attr<std::vector<int64_t>>("kept"))
      made.outputs.push_back(before[static_cast<size_t>(i)]);
    return made;
  };
  const VarList results = Scan(c, Part(all, 0, carried), slices, c.attr<bool>("reverse"), step);
  for (size_t i = 0; i < results.size(); ++i) c.out(static_cast<int>(i), results[i]);
}

constexpr ExportRow kRows[] = {
    {"Call", WriteCall}, {"CustomGradient", WriteCall}, {"If", WriteIf},
    {"Scan", WriteScan}, {"While", WriteWhile},
};

}  // namespace

absl::Span<const ExportRow> ControlExportRows() { return kRows; }

}  // namespace dagrad::onnx
