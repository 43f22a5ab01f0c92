#include "dagrad/runtime/run/interpreter.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/prepare_kernel.h"
#include "dagrad/runtime/run/observed_run.h"
#include "dagrad/runtime/string_heap.h"

namespace dagrad::runtime {
namespace {

absl::Status At(const Node& node, const absl::Status& status) {
  return Prefixed(Describe(node), status);
}

// How nodes are run: the observer may be null.
struct Mode {
  KernelMode kernels;
  const NodeObserver* observer = nullptr;
};

absl::Status Drive(const Kernel& kernel, const KernelArgs& args, const Bindings& bindings,
                   Mode mode);

absl::Status RunKernel(const Kernel& kernel, absl::Span<const Tensor> inputs,
                       const Bindings& bindings, Mode mode, std::vector<Tensor>* outputs) {
  std::vector<const void*> in;
  for (const Tensor& t : inputs) in.push_back(t.bytes());
  std::vector<void*> out;
  for (Tensor& t : *outputs) out.push_back(t.mutable_bytes());
  const auto bytes = static_cast<int64_t>(PrivateBytes(kernel));
  if (bytes > kMaxDim) return ResourceExhaustedError("the scratch is too large");
  DAGRAD_ASSIGN_OR_RETURN(Tensor memory, Tensor::Allocate(DType::kUInt8, {bytes}));
  StringHeap strings;
  KernelArgs args{.inputs = in.data(), .outputs = out.data(), .strings = &strings};
  PlacePrivate(kernel, static_cast<std::byte*>(memory.mutable_bytes()), &args);
  if (kernel.drive != nullptr) return Drive(kernel, args, bindings, mode);
  for (const Phase& phase : kernel.phases) {
    for (int shard = 0; shard < phase.shards; ++shard)
      DAGRAD_RETURN_IF_ERROR(phase.run(args, shard));
  }
  for (Tensor& t : *outputs) DAGRAD_RETURN_IF_ERROR(t.OwnText());
  return absl::OkStatus();
}

// The tensor for placeholder `node`, checked; its sizes bind the symbols of its shape.
absl::StatusOr<Tensor> Placeholder(const Node& node, const TensorMap& tensors, Bindings* bindings) {
  auto it = tensors.find(node.name);
  if (it == tensors.end()) return InvalidArgumentError("no tensor is given for it");
  const ValueType& type = node.outputs[0];
  if (it->second.dtype() != type.dtype) {
    return InvalidArgumentError(absl::StrCat("is ", type.ToString(),
                                             "; given: ", DTypeName(it->second.dtype()),
                                             DimsToString(it->second.dims())));
  }
  DAGRAD_RETURN_IF_ERROR(UnifyShape(type.shape, it->second.dims(), bindings));
  return it->second;
}

absl::StatusOr<std::vector<Tensor>> RunNode(const Node& node, absl::Span<const Tensor> inputs,
                                            const Bindings& bindings, Mode mode) {
  std::vector<TensorSpec> in;
  for (const Tensor& t : inputs) in.push_back({t.dtype(), t.dims()});
  std::vector<TensorSpec> out;
  std::vector<Tensor> outputs;
  for (const ValueType& type : node.outputs) {
    absl::StatusOr<Dims> dims = type.shape.Bind(bindings);
    if (!dims.ok()) return At(node, dims.status());
    out.push_back({type.dtype, *dims});
    absl::StatusOr<Tensor> t = Tensor::Allocate(type.dtype, *dims);
    if (!t.ok()) return At(node, t.status());
    outputs.push_back(*std::move(t));
  }
  if (node.op->Has(kView)) {
    absl::StatusOr<Tensor> view = inputs[0].Reshaped(outputs[0].dims());
    if (!view.ok()) return At(node, view.status());
    return std::vector<Tensor>{*view};
  }
  if (node.op->make_kernel == nullptr) return At(node, UnimplementedError("the op has no kernel"));
  Kernel kernel;
  DAGRAD_RETURN_IF_ERROR(
      At(node, PrepareKernel({&node, in, out, &bindings, mode.kernels}, &kernel)));
  DAGRAD_RETURN_IF_ERROR(At(node, RunKernel(kernel, inputs, bindings, mode, &outputs)));
  return outputs;
}

using NodeValues = std::vector<std::vector<Tensor>>;  // by node, port

// Runs all nodes, given the values of the placeholders.
absl::Status EvaluateNodes(const Function& function, Bindings bindings, Mode mode,
                           NodeValues* values) {
  for (size_t id = 0; id < function.nodes.size(); ++id) {
    const Node& node = function.nodes[id];
    if (node.op->Has(kStructural)) continue;
    std::vector<Tensor> inputs;
    for (ValueRef ref : node.inputs) inputs.push_back((*values)[ref.node][ref.port]);
    DAGRAD_ASSIGN_OR_RETURN((*values)[id], RunNode(node, inputs, bindings, mode));
    if (mode.observer != nullptr)
      DAGRAD_RETURN_IF_ERROR((*mode.observer)(node, inputs, (*values)[id]));
    const absl::string_view symbol = BoundSymbol(node);
    if (!symbol.empty()) bindings[std::string(symbol)] = *(*values)[id][0].data<int64_t>().data();
  }
  return absl::OkStatus();
}

class InterpretedRegions : public RegionRunner {
 public:
  InterpretedRegions(const Kernel& kernel, const Bindings& outer, Mode mode)
      : kernel_(kernel), outer_(outer), mode_(mode), runs_(kernel.regions.size()) {
    for (size_t i = 0; i < runs_.size(); ++i)
      runs_[i].operands.resize(kernel.regions[i].inputs.size());
  }

  absl::Span<const void*> operands(int region) override {
    return absl::MakeSpan(runs_[region].operands);
  }

  absl::StatusOr<absl::Span<const void* const>> Run(int region) override {
    const absl::Status status = Evaluate(kernel_.regions[region], &runs_[region]);
    if (!status.ok()) return Prefixed(kernel_.regions[region].name, status);
    return absl::MakeConstSpan(runs_[region].outputs);
  }

 private:
  struct RegionRun {
    std::vector<const void*> operands;
    std::vector<Tensor> tensors;
    std::vector<const void*> outputs;
  };

  absl::Status Evaluate(const Region& region, RegionRun* run) const {
    const Function& f = region.body->function();
    std::vector<Dims> dims;
    for (const TensorSpec& spec : region.inputs) dims.push_back(spec.dims);
    DAGRAD_ASSIGN_OR_RETURN(const Bindings bindings, BindBody(f, dims, outer_));
    NodeValues values(f.nodes.size());
    for (size_t i = 0; i < dims.size(); ++i) {
      values[f.inputs[i]] = {Tensor::Wrap(region.inputs[i].dtype, dims[i],
                                          const_cast<void*>(run->operands[i]), nullptr)};
    }
    DAGRAD_RETURN_IF_ERROR(EvaluateNodes(f, bindings, mode_, &values));
    // What is an input all the same must not change with it.
    std::vector<Tensor> results;
    for (const Function::Output& o : f.outputs) {
      DAGRAD_ASSIGN_OR_RETURN(results.emplace_back(), values[o.value.node][o.value.port].Clone());
    }
    run->tensors = std::move(results);
    run->outputs.clear();
    for (const Tensor& t : run->tensors) run->outputs.push_back(t.bytes());
    return absl::OkStatus();
  }

  const Kernel& kernel_;
  const Bindings& outer_;
  const Mode mode_;
  std::vector<RegionRun> runs_;
};

absl::Status Drive(const Kernel& kernel, const KernelArgs& args, const Bindings& bindings,
                   Mode mode) {
  InterpretedRegions regions(kernel, bindings, mode);
  return kernel.drive(args, regions);
}

absl::StatusOr<EvaluateResult> Evaluate(const Function& function, const TensorMap& feeds,
                                        const TensorMap& states, Mode mode) try {
  Bindings bindings;
  NodeValues values(function.nodes.size());
  for (NodeId id : function.inputs) {
    const Node& node = function.nodes[id];
    const auto it = feeds.find(node.name);
    if (it != feeds.end()) BindLoneSymbols(node.outputs[0].shape, it->second.dims(), &bindings);
  }
  for (NodeId id : function.inputs) {
    absl::StatusOr<Tensor> t = Placeholder(function.nodes[id], feeds, &bindings);
    if (!t.ok()) return At(function.nodes[id], t.status());
    values[id] = {*std::move(t)};
  }
  for (NodeId id : function.states) {
    absl::StatusOr<Tensor> t = Placeholder(function.nodes[id], states, &bindings);
    if (!t.ok()) return At(function.nodes[id], t.status());
    values[id] = {*std::move(t)};
  }
  DAGRAD_RETURN_IF_ERROR(EvaluateNodes(function, bindings, mode, &values));
  EvaluateResult result;
  for (const Function::Output& o : function.outputs)
    result.outputs[o.name] = values[o.value.node][o.value.port];
  for (const Function::Update& u : function.updates)
    result.updates[u.state] = values[u.value.node][u.value.port];
  return result;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace

absl::Status DriveAlone(const Kernel& kernel, const KernelArgs& args, const Bindings& bindings,
                        KernelMode mode) {
  return Drive(kernel, args, bindings, {mode});
}

absl::StatusOr<std::vector<Tensor>> EvaluateNode(const Node& node, absl::Span<const Tensor> inputs,
                                                 const Bindings& bindings, KernelMode mode) try {
  return RunNode(node, inputs, bindings, {mode});
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<EvaluateResult> EvaluateFunction(const Function& function, const TensorMap& feeds,
                                                const TensorMap& states, KernelMode mode) {
  return Evaluate(function, feeds, states, {mode});
}

absl::StatusOr<EvaluateResult> EvaluateObserved(const Function& function, const TensorMap& feeds,
                                                const TensorMap& states, KernelMode mode,
                                                NodeObserver observer) {
  return Evaluate(function, feeds, states, {mode, &observer});
}

}  // namespace dagrad::runtime
