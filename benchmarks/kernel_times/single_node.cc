#include "dagrad/benchmarks/kernel_times/single_node.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::benchmarks {
namespace {

// Shapes among the attributes as numbers.
absl::StatusOr<AttrMap> BindAttributes(const AttrMap& attrs, const Bindings& bindings) {
  AttrMap bound;
  for (const AttrMap::Entry& entry : attrs.entries()) {
    if (const Shape* const shape = entry.value.get_if<Shape>()) {
      DAGRAD_ASSIGN_OR_RETURN(const Dims dims, shape->Bind(bindings));
      bound.Set(entry.name, Shape(absl::MakeConstSpan(dims)));
    } else {
      bound.Set(entry.name, entry.value);
    }
  }
  return bound;
}

absl::StatusOr<SingleNode> Isolate(const Function& f, const Node& node, const Bindings& bindings) {
  SingleNode single;
  single.name = std::string(node.op->name);
  GraphBuilder builder("single");
  std::vector<Value> inputs;
  for (const ValueRef& v : node.inputs) {
    DAGRAD_ASSIGN_OR_RETURN(const Dims dims, f.type(v).shape.Bind(bindings));
    const ValueType type = {f.type(v).dtype, Shape(absl::MakeConstSpan(dims))};
    inputs.push_back(builder.Input(absl::StrCat("in", inputs.size()), type.dtype, type.shape));
    absl::StrAppend(&single.name, " ", type.ToString());
  }
  DAGRAD_ASSIGN_OR_RETURN(AttrMap attrs, BindAttributes(node.attrs, bindings));
  if (!attrs.empty()) absl::StrAppend(&single.name, " ", attrs.ToString());
  const Value first = builder.AddNode(*node.op, inputs, std::move(attrs), {});
  const std::vector<Value> outputs = builder.Outputs(first, static_cast<int>(node.outputs.size()));
  for (size_t i = 0; i < outputs.size(); ++i) builder.Output(absl::StrCat("out", i), outputs[i]);
  DAGRAD_ASSIGN_OR_RETURN(single.function, builder.Build());
  return single;
}

absl::StatusOr<std::vector<Tensor>> DrawFeeds(const Function& f) {
  std::mt19937 bits(1);
  std::normal_distribution<float> normal;
  std::vector<Tensor> feeds;
  for (const NodeId id : f.inputs) {
    const ValueType& type = f.nodes[id].outputs[0];
    DAGRAD_ASSIGN_OR_RETURN(Tensor feed, Tensor::Zeros(type.dtype, type.shape.ToDims()));
    if (type.dtype == DType::kFloat32) {
      // Not below 0: among the inputs are variances.
      for (float& x : feed.mutable_data<float>()) x = std::abs(normal(bits));
    }
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

bool Computes(const Node& node) {
  return !node.op->Has(kStructural) && !node.op->Has(kView) && !node.inputs.empty();
}

}  // namespace

absl::StatusOr<std::vector<SingleNode>> SingleNodes(const Function& function,
                                                    const Bindings& bindings) {
  std::vector<SingleNode> found;
  for (const Node& node : function.nodes) {
    if (!Computes(node)) continue;
    DAGRAD_ASSIGN_OR_RETURN(SingleNode single, Isolate(function, node, bindings));
    const auto same = std::find_if(found.begin(), found.end(), [&](const SingleNode& other) {
      return other.name == single.name;
    });
    if (same == found.end()) {
      found.push_back(std::move(single));
    } else {
      ++same->count;
    }
  }
  return found;
}

absl::StatusOr<NodeSeconds> TimeNode(const SingleNode& node, double seconds) {
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(node.function));
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context,
                          executable->NewContext(nullptr));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, DrawFeeds(node.function));
  std::vector<Dims> dims;
  for (const Tensor& feed : feeds) dims.push_back(feed.dims());
  DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, executable->Plan(dims));
  NodeSeconds timed;
  for (const PlanSummary::Step& step : plan.steps) {
    timed.flops += step.cost.flops;
    timed.bytes += step.cost.bytes;
    timed.implementation = step.implementation;
  }
  using Clock = std::chrono::steady_clock;
  DAGRAD_RETURN_IF_ERROR(executable->Run(context.get(), feeds));
  const Clock::time_point start = Clock::now();
  int64_t runs = 0;
  double elapsed = 0;
  while (elapsed < seconds || runs < 2) {
    DAGRAD_RETURN_IF_ERROR(executable->Run(context.get(), feeds));
    ++runs;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  timed.seconds = elapsed / static_cast<double>(runs);
  return timed;
}

}  // namespace dagrad::benchmarks
