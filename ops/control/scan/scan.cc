#include "dagrad/ops/control/scan/scan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/scan/scan_internal.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;

// The number of steps.
absl::StatusOr<Dim> InferLength(const InferContext& c, int64_t carried, int64_t scanned) {
  Shape length = c.attr<Shape>("length");
  if (length.rank() > 1) {
    return InferContext::Fail("scan_c2",
                              absl::StrCat("length ", length.ToString(), " must be one number"));
  }
  for (int64_t i = carried; i < carried + scanned; ++i) {
    const Shape& x = c.shape(static_cast<int>(i));
    if (x.rank() > 0 && length.rank() == 0) length.push_back(x.dim(0));
    if (x.rank() > 0 && x.dim(0) == length.dim(0)) continue;
    return InferContext::Fail("scan_c2", absl::StrCat("input ", i, " ", x.ToString(), " must be [",
                                                      length.dim(0).ToString(), ",…]"));
  }
  if (length.rank() == 1) return length.dim(0);
  return InferContext::Fail("scan_c2", "nothing is scanned, so a length is needed");
}

absl::Status CheckKept(const Ints& kept, int64_t carried) {
  for (size_t i = 0; i < kept.size(); ++i) {
    const bool again = std::find(kept.begin(), kept.begin() + i, kept[i]) != kept.begin() + i;
    if (kept[i] >= 0 && kept[i] < carried && !again) continue;
    return InferContext::Fail("scan_c5",
                              absl::StrCat("kept names ", kept[i], " of ", carried,
                                           again ? " carried values twice" : " carried values"));
  }
  return absl::OkStatus();
}

absl::Status Infer(InferContext& c) {
  const int64_t carried = c.attr<int64_t>("num_carried"), scanned = c.attr<int64_t>("num_scanned");
  if (carried < 0 || scanned < 0 || carried > c.num_inputs() ||
      scanned > c.num_inputs() - carried) {
    return InferContext::Fail("scan_c1", absl::StrCat(carried, " carried and ", scanned,
                                                      " scanned inputs of ", c.num_inputs()));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Dim length, InferLength(c, carried, scanned));
  std::vector<ValueType> operands;
  for (int i = 0; i < c.num_inputs(); ++i) {
    const bool slice = i >= carried && i < carried + scanned;
    operands.push_back(slice ? ops::SliceType(c.input(i)) : c.input(i));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ValueType> types,
                          ops::InferBody(c, "body", operands, "scan_c3"));
  if (static_cast<int64_t>(types.size()) < carried) {
    return InferContext::Fail("scan_c4", absl::StrCat("body has ", types.size(), " outputs for ",
                                                      carried, " carried values"));
  }
  int out = 0;
  for (const ValueType& type : types) {
    const bool is_carried = out < carried;
    if (is_carried && !(type == operands[out])) {
      return InferContext::Fail(
          "scan_c4", absl::StrCat("carried value ", out, " is ", operands[out].ToString(),
                                  " before a step and ", type.ToString(), " behind it"));
    }
    const ValueType whole = is_carried ? type : ops::StackType(type, length);
    c.SetOutput(out++, whole.dtype, whole.shape);
  }
  const Ints& kept = c.attr<Ints>("kept");
  DAGRAD_RETURN_IF_ERROR(CheckKept(kept, carried));
  for (int64_t i : kept) {
    const ValueType whole = ops::StackType(operands[i], length);
    c.SetOutput(out++, whole.dtype, whole.shape);
  }
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto carried = static_cast<size_t>(c.attrs.Get<int64_t>("num_carried"));
  const auto scanned = static_cast<size_t>(c.attrs.Get<int64_t>("num_scanned"));
  std::vector<Dims> operands(c.inputs.begin(), c.inputs.end());
  const Shape& length = c.attrs.Get<Shape>("length");
  double steps =
      length.rank() == 1 && length.IsStatic() ? static_cast<double>(length.dim(0).value()) : 1;
  for (size_t i = carried; i < carried + scanned && i < operands.size(); ++i) {
    if (operands[i].empty()) continue;
    steps = static_cast<double>(operands[i][0]);
    operands[i].erase(operands[i].begin());
  }
  return ops::CostOfRuns(c, "body", operands, steps);
}

OpDef Make() {
  return {
      .name = "Scan",
      .label = "scan",
      .doc =
          "A loop over the first axis of its scanned inputs: (c, y[t]) = body(c, x[t], w) for all "
          "t.\n"
          "Its outputs are c after the last step, and y; c after each step is the next one's.",
      .inputs = {{.name = "operands",
                  .dtypes = kAnyType,
                  .doc = "carried values c, then scanned ones x [time, ...], then the others w",
                  .variadic = true}},
      .outputs = {{.name = "outputs",
                   .dtypes = kAnyType,
                   .doc = "c after the last step, then y [time, ...], then what is kept of c",
                   .variadic = true}},
      .attrs = {{"body", AttrKind::kFunction, std::nullopt, "a step: (c, x[t], w) to (c, y[t])"},
                {"num_carried", AttrKind::kInt, std::nullopt, "number of carried operands"},
                {"num_scanned", AttrKind::kInt, std::nullopt, "number of scanned operands"},
                {"reverse", AttrKind::kBool, false, "from the last t to the first"},
                {"length", AttrKind::kShape, Shape(),
                 "[time]; empty: that of the scanned operands"},
                {"kept", AttrKind::kInts, Ints(),
                 "numbers of carried values whose value before each step is an output too"}},
      .traits = kControl,
      .constraints = {{"scan_c1", "there are as many operands as are carried and scanned"},
                      {"scan_c2", "scanned operands have one first dimension, that of length"},
                      {"scan_c3", "c, the slices of x and w fit the inputs of the body"},
                      {"scan_c4", "a step keeps the dtype and shape of every carried value"},
                      {"scan_c5", "kept names carried values, each once"}},
      .infer = Infer,
      .gradient = ops::scan_internal::Gradient,
      .make_kernel = ops::scan_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::scan_internal::MakeSamples,
      .more_outputs = "kept"};
}

std::vector<std::string> Numbered(absl::string_view name, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(absl::StrCat(name, i));
  return names;
}

}  // namespace

namespace ops {
const OpDef& ScanOp() { return Singleton<Make>(); }
}  // namespace ops

ScanResult Scan(
    absl::Span<const Value> init, absl::Span<const Value> xs,
    absl::FunctionRef<ScanStep(GraphBuilder&, absl::Span<const Value>, absl::Span<const Value>)>
        step,
    const ScanOptions& options, SourceLocation location) {
  std::vector<Value> operands(init.begin(), init.end());
  operands.insert(operands.end(), xs.begin(), xs.end());
  ops::BodiesOfNode bodies(ops::BuilderOf(operands));
  std::vector<std::string> names = Numbered("c", init.size());
  for (std::string& name : Numbered("x", xs.size())) names.push_back(std::move(name));
  std::vector<ValueType> types = ops::TypesOf(operands);
  for (size_t i = init.size(); i < types.size(); ++i) types[i] = ops::SliceType(types[i]);
  size_t outputs = 0;
  bodies.Add("step", names, types, [&](GraphBuilder& body, absl::Span<const Value> values) {
    ScanStep made = step(body, values.subspan(0, init.size()), values.subspan(init.size()));
    if (made.carried.size() != init.size() && body.ok()) {
      body.Fail("Scan", location,
                absl::StrCat("a step gives ", made.carried.size(), " values for ", init.size(),
                             " carried ones (scan_c4)"));
    }
    outputs = made.outputs.size();
    Values all = std::move(made.carried);
    all.insert(all.end(), made.outputs.begin(), made.outputs.end());
    return all;
  });
  const BodyPtr body = bodies.Build()[0];
  operands.insert(operands.end(), bodies.captures().begin(), bodies.captures().end());
  const Shape length = options.length.has_value() ? Shape{*options.length} : Shape();
  GraphBuilder* builder = bodies.outer();
  const Value first = builder->AddNode(ops::ScanOp(), operands,
                                       {{"body", body},
                                        {"num_carried", static_cast<int64_t>(init.size())},
                                        {"num_scanned", static_cast<int64_t>(xs.size())},
                                        {"reverse", options.reverse},
                                        {"length", length}},
                                       location);
  const std::vector<Value> all = bodies.Outputs(first, init.size() + outputs);
  const auto middle = all.begin() + static_cast<int64_t>(std::min(init.size(), all.size()));
  return {{all.begin(), middle}, {middle, all.end()}};
}

}  // namespace dagrad
