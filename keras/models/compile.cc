#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// What Compile makes of its options, and the steps that are built from it when first needed.
namespace dagrad::keras {

TrainableFlags FlagsOf(const Network& network) {
  TrainableFlags flags;
  for (const auto& layer : network.called()) flags.push_back(layer->TrainableFlags());
  return flags;
}

namespace {

// A layer within which others were built since has more flags: it keeps its own.
void SetFlags(const Network& network, const TrainableFlags& flags) {
  const auto& layers = network.called();
  for (size_t i = 0; i < std::min(layers.size(), flags.size()); ++i)
    layers[i]->SetTrainableFlags(flags[i]);
}

}  // namespace

TrainableAtCompile::TrainableAtCompile(const Network& network, const TrainableFlags& flags)
    : network_(network), before_(FlagsOf(network)) {
  SetFlags(network_, flags);
}
TrainableAtCompile::~TrainableAtCompile() { SetFlags(network_, before_); }

absl::Status Model::Compile(CompileOptions options, SourceLocation location) try {
  if (options.location.line == 0) options.location = location;
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Compile", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(impl->status);
  DAGRAD_RETURN_IF_ERROR(options.optimizer.Validate());
  // A Sequential that waits for its first data is compiled then.
  const bool waits = !impl->network.has_value() && !impl->stack_input.has_value() &&
                     !impl->stack.empty() && !impl->stack[0]->input_shape().has_value();
  if (waits) {
    impl->pending = std::move(options);
    return absl::OkStatus();
  }
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  impl->pending.reset();
  return impl->CompileSteps(std::move(options));
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::Impl::CompileSteps(CompileOptions compile_options, TrainableFlags trainable) {
  Compiled made;
  made.trainable = trainable.empty() ? FlagsOf(*network) : std::move(trainable);
  DAGRAD_ASSIGN_OR_RETURN(made.spec, MakeStepSpec(*network, &compile_options));
  made.options = std::move(compile_options);
  // Slots of an earlier Compile go: a new one starts its optimizer anew, as in Keras.
  extra_states.clear();
  compiled = std::move(made);
  absl::Cleanup undo = [this] { compiled.reset(); };
  DAGRAD_RETURN_IF_ERROR(TrainStep(WeightRanks()).status());
  std::move(undo).Cancel();
  return absl::OkStatus();
}

absl::Status Model::Impl::CompilePending() {
  if (!pending.has_value()) return absl::OkStatus();
  DAGRAD_RETURN_IF_ERROR(CompileSteps(*pending));
  pending.reset();
  return absl::OkStatus();
}

absl::Status Model::Impl::EnsureCompiled(const Data& x) {
  const Dims* dims = x.empty() ? nullptr : &x.tensors[0].dims();
  const DType dtype = x.empty() ? DType::kFloat32 : x.tensors[0].dtype();
  DAGRAD_RETURN_IF_ERROR(EnsureNetwork(dims, dtype));
  DAGRAD_RETURN_IF_ERROR(CompilePending());
  if (compiled.has_value()) return absl::OkStatus();
  return FailedPreconditionError(absl::StrCat("model ", options.name, " must be compiled first"));
}

absl::Status Model::Impl::DeclareState(const StateDecl& decl, bool may_be_missing,
                                       const std::function<absl::StatusOr<Tensor>()>& first_value) {
  if (extra_states.contains(decl.name)) return absl::OkStatus();
  const bool restores = restored.has_value() && (!may_be_missing || restored->contains(decl.name));
  DAGRAD_ASSIGN_OR_RETURN(Tensor own, restores ? TakeRestored(decl) : first_value());
  state.Set(decl.name, std::move(own));
  extra_states.emplace(decl.name, decl);
  return absl::OkStatus();
}

absl::Status Model::Impl::DeclareRandomKey() {
  const StateDecl key{
      std::string(CallContext::kRandomKeyState), {DType::kInt64, Shape({2})}, false, ""};
  return DeclareState(key, /*may_be_missing=*/false, [&] {
    return Tensor::Of<int64_t>({2}, {options.seed, 0});
  });
}

absl::StatusOr<Function> Model::Impl::PredictFunction() {
  DAGRAD_ASSIGN_OR_RETURN(Function function, network->PredictFunction());
  for (const NodeId id : function.states) {
    if (function.nodes[id].name == CallContext::kRandomKeyState)
      DAGRAD_RETURN_IF_ERROR(DeclareRandomKey());
  }
  return function;
}

absl::Status Model::Impl::FinishStep(CompiledStep* step) {
  HashSet<std::string> weights;
  for (StateDecl& weight : network->StateDecls()) weights.insert(std::move(weight.name));
  for (const OptimizerSlot& slot : step->step.slots_of_optimizer) {
    if (weights.contains(slot.decl.name)) {
      return InvalidArgumentError(
          absl::StrCat("the weight \"", slot.decl.name,
                       "\" has the name of a state of the optimizer: rename its layer"));
    }
    DAGRAD_RETURN_IF_ERROR(
        DeclareState(slot.decl, slot.may_be_missing, [&] { return slot.FirstValue(); }));
  }
  if (step->step.uses_random_key) DAGRAD_RETURN_IF_ERROR(DeclareRandomKey());
  DAGRAD_ASSIGN_OR_RETURN(step->executable, Executable::Compile(step->step.function));
  DAGRAD_ASSIGN_OR_RETURN(step->context, step->executable->NewContext(&state));
  return absl::OkStatus();
}

absl::StatusOr<CompiledStep*> Model::Impl::TrainStep(const WeightRanks& weights) {
  auto it = compiled->train.find(weights);
  if (it == compiled->train.end()) {
    const TrainableAtCompile as_compiled(*network, compiled->trainable);
    CompiledStep step;
    DAGRAD_ASSIGN_OR_RETURN(
        step.step, MakeTrainStep(*network, compiled->spec, compiled->options.optimizer, weights));
    DAGRAD_RETURN_IF_ERROR(FinishStep(&step));
    it = compiled->train.emplace(weights, std::move(step)).first;
  }
  return &it->second;
}

absl::StatusOr<CompiledStep*> Model::Impl::EvaluateStep(const WeightRanks& weights) {
  if (compiled->spec.outputs.empty()) {
    return FailedPreconditionError(absl::StrCat(
        "model ", options.name, " was compiled with a train_step, but without a loss to evaluate"));
  }
  auto it = compiled->evaluate.find(weights);
  if (it == compiled->evaluate.end()) {
    const TrainableAtCompile as_compiled(*network, compiled->trainable);
    CompiledStep step;
    DAGRAD_ASSIGN_OR_RETURN(step.step, MakeEvaluateStep(*network, compiled->spec, weights));
    DAGRAD_RETURN_IF_ERROR(FinishStep(&step));
    it = compiled->evaluate.emplace(weights, std::move(step)).first;
  }
  return &it->second;
}

absl::StatusOr<dagrad::Model> Model::Graph() const {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Graph"));
  return impl->Graph();
}

absl::StatusOr<dagrad::Model> Model::Impl::Graph() try {
  DAGRAD_RETURN_IF_ERROR(EnsureNetwork(nullptr, DType::kFloat32));
  DAGRAD_RETURN_IF_ERROR(CompilePending());
  const TrainableAtCompile as_compiled(
      *network, compiled.has_value() ? compiled->trainable : TrainableFlags());
  dagrad::Model model;
  model.name = options.name;
  DAGRAD_ASSIGN_OR_RETURN(Function predictor, PredictFunction());
  model.functions.push_back(std::move(predictor));
  model.states = AllStates();
  std::optional<Step> train;
  std::vector<Network::Filled> others;  // what is not 0 at first
  if (compiled.has_value()) {
    DAGRAD_ASSIGN_OR_RETURN(
        train, MakeTrainStep(*network, compiled->spec, compiled->options.optimizer, {}));
    for (const OptimizerSlot& slot : train->slots_of_optimizer) {
      if (slot.initial != 0) others.push_back({slot.decl, slot.initial});
    }
  }
  DAGRAD_ASSIGN_OR_RETURN(Function initialize, network->InitializeFunction(others));
  model.functions.push_back(std::move(initialize));
  if (train.has_value()) {
    const Compiled& c = *compiled;
    model.functions.push_back(std::move(train->function));
    if (c.spec.outputs.empty()) return model;
    DAGRAD_ASSIGN_OR_RETURN(Step evaluate, MakeEvaluateStep(*network, c.spec, {}));
    model.functions.push_back(std::move(evaluate.function));
  }
  return model;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
