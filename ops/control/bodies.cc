#include "dagrad/ops/control/bodies.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::ops {

BodiesOfNode::BodiesOfNode(GraphBuilder* builder) : builder_(builder), outer_(builder) {
  if (builder_ != nullptr) return;
  spare_ = std::make_unique<GraphBuilder>("");
  spare_->Fail(InvalidArgumentError("a null value"));
  builder_ = outer_ = spare_.get();
}

std::vector<Value> BodiesOfNode::Outputs(Value node, size_t count) const {
  if (spare_ != nullptr) return std::vector<Value>(count);
  return outer_->Outputs(node, static_cast<int>(count));
}

void BodiesOfNode::Add(std::string name, absl::Span<const std::string> inputs,
                       absl::Span<const ValueType> types, Make make) {
  bodies_.push_back(std::make_unique<GraphBuilder>(std::move(name), builder_));
  GraphBuilder& body = *bodies_.back();
  outer_ = body.outer();
  std::vector<Value> values;
  for (size_t i = 0; i < inputs.size(); ++i)
    values.push_back(body.Input(inputs[i], types[i].dtype, types[i].shape));
  Values outputs;
  {
    const GraphBuilder::Building building(&body);
    outputs = make(body, values);
  }
  for (size_t i = 0; i < outputs.size(); ++i) body.Output(absl::StrCat("y", i), outputs[i]);
}

void BodiesOfNode::CaptureInAll() {
  for (const auto& body : bodies_) {
    for (const GraphBuilder::Captured& c : body->captures()) {
      if (std::find(captures_.begin(), captures_.end(), c.outside) == captures_.end())
        captures_.push_back(c.outside);
    }
  }
  for (const auto& body : bodies_) {
    for (const Value& v : captures_) body->Capture(v);
  }
}

std::vector<BodyPtr> BodiesOfNode::Build() {
  std::vector<BodyPtr> result;
  CaptureInAll();
  for (const auto& body : bodies_) {
    std::vector<NodeId> order;
    for (const Value& v : captures_) order.push_back(body->Capture(v).ref().node);
    absl::StatusOr<Function> function = body->Build();
    if (function.ok()) {
      std::copy(order.begin(), order.end(),
                function->inputs.end() - static_cast<int64_t>(order.size()));
      absl::StatusOr<BodyPtr> made = Body::Make(*std::move(function));
      if (made.ok()) {
        result.push_back(*std::move(made));
        continue;
      }
      function = made.status();
    }
    outer_->Fail(function.status());
    result.push_back(nullptr);
  }
  for (auto& body : bodies_) outer_->Keep(std::move(body));
  return result;
}

GraphBuilder* BuilderOf(absl::Span<const Value> values) {
  for (const Value& v : values) {
    if (v.builder() != nullptr) return v.builder();
  }
  return nullptr;
}

std::vector<ValueType> TypesOf(absl::Span<const Value> values) {
  std::vector<ValueType> types;
  for (const Value& v : values) types.push_back(v.type());
  return types;
}

ValueType SliceType(const ValueType& type) {
  if (type.shape.rank() == 0) return ValueType();
  return {type.dtype, Shape(absl::MakeConstSpan(type.shape.dims()).subspan(1))};
}

ValueType StackType(const ValueType& type, Dim length) {
  Shape shape = {std::move(length)};
  for (const Dim& d : type.shape.dims()) shape.push_back(d);
  return {type.dtype, shape};
}

absl::StatusOr<std::vector<ValueType>> InferBody(const InferContext& c, absl::string_view attribute,
                                                 absl::Span<const ValueType> operands,
                                                 absl::string_view label) {
  absl::StatusOr<std::vector<ValueType>> types = OutputTypes(*c.attr<BodyPtr>(attribute), operands);
  if (types.ok()) return types;
  return InferContext::Fail(label, absl::StrCat(attribute, ": ", types.status().message()));
}

runtime::Region MakeRegion(const runtime::KernelRequest& request, absl::string_view attribute,
                           std::vector<runtime::TensorSpec> operands) {
  runtime::Region region;
  region.name = attribute;
  region.body = request.attr<BodyPtr>(attribute);
  region.inputs = std::move(operands);
  region.first_invariant = region.inputs.size();
  return region;
}

absl::Status MakeCallKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  kernel->implementation = "regions";
  kernel->regions.push_back(
      MakeRegion(request, "function", {request.inputs.begin(), request.inputs.end()}));
  std::vector<size_t> bytes;
  for (const runtime::TensorSpec& s : request.outputs) bytes.push_back(s.byte_size());
  const size_t inputs = request.inputs.size();
  const auto run = [bytes, inputs](const runtime::KernelArgs& args,
                                   runtime::RegionRunner& regions) -> absl::Status {
    const absl::Span<const void*> operands = regions.operands(0);
    for (size_t i = 0; i < inputs; ++i) operands[i] = args.inputs[i];
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const void* const> outputs, regions.Run(0));
    for (size_t i = 0; i < bytes.size(); ++i) CopyBytes(args.outputs[i], outputs[i], bytes[i]);
    return absl::OkStatus();
  };
  runtime::Drive(run, kernel);
  return absl::OkStatus();
}

OpCost CostOfRuns(const CostContext& c, absl::string_view attribute,
                  absl::Span<const Dims> operands, double runs) {
  const Function& body = c.attrs.Get<BodyPtr>(attribute)->function();
  OpCost sum = {.flops = runs, .bytes = 0};
  const absl::StatusOr<Bindings> bindings = BindBody(body, operands, {});
  if (!bindings.ok()) return sum;
  for (const Node& node : body.nodes) {
    std::vector<Dims> in, out;
    std::vector<size_t> in_bytes, out_bytes;
    const auto add = [&](const ValueType& type, std::vector<Dims>* dims,
                         std::vector<size_t>* bytes) {
      const absl::StatusOr<Dims> bound = type.shape.Bind(*bindings);
      dims->push_back(bound.value_or(Dims()));
      bytes->push_back(runtime::TensorSpec{type.dtype, dims->back()}.byte_size());
    };
    for (const ValueRef& v : node.inputs) add(body.type(v), &in, &in_bytes);
    for (const ValueType& type : node.outputs) add(type, &out, &out_bytes);
    const OpCost cost = CostOf(*node.op, {node.attrs, in, out}, in_bytes, out_bytes);
    sum.flops += runs * (cost.flops + 1);
    sum.bytes += runs * cost.bytes;
  }
  return sum;
}

void CopyBytes(void* to, const void* from, size_t size) {
  if (size > 0) std::memcpy(to, from, size);
}

std::vector<Value> FloatingCotangents(GradContext& c, int outputs) {
  std::vector<Value> cotangents;
  for (int i = 0; i < outputs; ++i) {
    if (IsFloating(c.output(i).dtype())) cotangents.push_back(c.cotangent(i));
  }
  return cotangents;
}

}  // namespace dagrad::ops
