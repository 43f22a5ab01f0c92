#include "dagrad/keras/models/model.h"

#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/network_layer.h"
#include "dagrad/keras/models/fit_loop.h"
#include "dagrad/keras/models/model_impl.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::keras {
namespace {

// The counter of the initial weights' key; training counts from 0 up.
constexpr int64_t kInitializeCounter = -1;

constexpr char kMovedFrom[] = "the model was moved from; it has no layers";
constexpr char kWhileRun[] = " is refused while Evaluate or Predict runs this very model";
constexpr char kWhileFit[] =
    " is refused inside a callback of Fit, which trains this very model; StopTraining() ends Fit";

// The dtype of the Input that a stack of layers makes for itself, for data of dtype `data`.
DType InputDType(const std::vector<Layer>& stack, DType data) {
  for (const Layer& layer : stack) {
    if (layer->integer_data() == IntegerData::kPassed) continue;
    const bool kept = layer->integer_data() == IntegerData::kIndices && IsInteger(data);
    return kept ? data : DType::kFloat32;
  }
  return DType::kFloat32;
}

}  // namespace

Model::Model() : impl_(std::make_unique<Impl>()) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model::Model(KerasTensor input, KerasTensor output, ModelOptions options)
    : Model(std::vector<KerasTensor>{std::move(input)}, std::vector<KerasTensor>{std::move(output)},
            std::move(options)) {}

Model::Model(std::vector<KerasTensor> inputs, std::vector<KerasTensor> outputs,
             ModelOptions options)
    : Model() {
  if (options.name.empty()) options.name = "functional";
  impl_->options = std::move(options);
  impl_->status = impl_->MakeNetwork(inputs, outputs);
}

absl::Status Model::Impl::MakeNetwork(const std::vector<KerasTensor>& inputs,
                                      const std::vector<KerasTensor>& outputs) try {
  DAGRAD_ASSIGN_OR_RETURN(Network made, Network::Make(inputs, outputs));
  return UseNetwork(std::move(made));
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::Impl::CheckIdle(const char* call) const {
  if (!fitting && running == 0) return absl::OkStatus();
  return FailedPreconditionError(absl::StrCat(call, fitting ? kWhileFit : kWhileRun));
}

absl::StatusOr<std::shared_ptr<Model::Impl>> Model::Enter(const char* call, bool changes) const {
  if (impl_ == nullptr) return FailedPreconditionError(absl::StrCat(call, ": ", kMovedFrom));
  if (changes)
    DAGRAD_RETURN_IF_ERROR(Prefixed(absl::StrCat("model ", name()), impl_->CheckIdle(call)));
  std::lock_guard<std::mutex> lock(impl_->building);
  DAGRAD_RETURN_IF_ERROR(std::exchange(impl_->refused_add, absl::OkStatus()));
  return impl_;
}

const absl::Status& Model::status() const {
  static const auto* const moved_from = new absl::Status(FailedPreconditionError(kMovedFrom));
  if (impl_ == nullptr) return *moved_from;
  return impl_->refused_add.ok() ? impl_->status : impl_->refused_add;
}

const std::string& Model::name() const {
  static const auto* const none = new std::string();
  return impl_ == nullptr ? *none : impl_->options.name;
}

std::vector<Layer> Model::layers() const {
  if (impl_ == nullptr) return {};
  if (!impl_->network.has_value()) return impl_->stack;
  std::vector<Layer> layers;
  for (const auto& layer : impl_->network->layers()) layers.emplace_back(layer);
  return layers;
}

absl::StatusOr<Layer> Model::GetLayer(absl::string_view layer_name) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("GetLayer"));
  for (const Layer& layer : layers()) {
    const std::string& its_name =
        impl->network.has_value() ? impl->network->LayerName(*layer) : layer->name();
    if (its_name == layer_name) return layer;
  }
  return NotFoundError(absl::StrCat("model ", name(), " has no layer \"", layer_name, "\""));
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Layer> Model::AsLayer(SourceLocation location) const try {
  return AsLayer(nullptr, DType::kFloat32, location);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Layer> Model::AsLayer(const Dims* dims, DType dtype, SourceLocation location) const {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("AsLayer"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(dims, dtype));
  std::lock_guard<std::mutex> lock(impl->building);
  if (!impl->as_layer.has_value()) {
    const bool sequential = !impl->stack.empty();
    const bool named = name() != (sequential ? "sequential" : "functional");
    impl->as_layer =
        NetworkLayer(*impl->network, sequential ? ModelClass::kSequential : ModelClass::kFunctional,
                     named ? name() : "", location);
  }
  return *impl->as_layer;
}

KerasTensor Model::operator()(const KerasTensor& input, SourceLocation location) const {
  absl::StatusOr<Layer> layer = LayerFor(input.type(), location);
  return layer.ok() ? (*layer)(input) : KerasTensor::Failed(layer.status());
}

KerasTensor Model::operator()(const std::vector<KerasTensor>& inputs,
                              SourceLocation location) const {
  absl::StatusOr<Layer> layer = LayerFor(inputs.empty() ? ValueType() : inputs[0].type(), location);
  return layer.ok() ? (*layer)(inputs) : KerasTensor::Failed(layer.status());
}

absl::StatusOr<Layer> Model::LayerFor(const ValueType& input, SourceLocation location) const try {
  // Of one example, for a Sequential that has no shape yet.
  Dims dims;
  for (int i = 0; i < input.shape.rank(); ++i)
    dims.push_back(i > 0 && input.shape.dim(i).is_known() ? input.shape.dim(i).value() : 1);
  return AsLayer(dims.empty() ? nullptr : &dims, input.dtype, location);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Model::Impl::UseNetwork(Network made) {
  DAGRAD_RETURN_IF_ERROR(InitializeWeights(made));
  as_layer.reset();
  network = std::move(made);
  return absl::OkStatus();
}

absl::Status Model::Impl::EnsureNetwork(const Dims* dims, DType dtype) {
  std::lock_guard<std::mutex> lock(building);
  DAGRAD_RETURN_IF_ERROR(status);
  if (network.has_value()) return absl::OkStatus();
  if (stack.empty())
    return FailedPreconditionError(absl::StrCat("model ", options.name, " has no layers"));
  if (!stack_input.has_value() && stack[0]->input_shape().has_value()) {
    // The data may still be of any integers: int64 holds them all.
    stack_input = Input(*stack[0]->input_shape(), {.dtype = InputDType(stack, DType::kInt64)},
                        stack[0]->location());
  }
  if (!stack_input.has_value()) {
    if (dims == nullptr) {
      return FailedPreconditionError(
          absl::StrCat("model ", options.name,
                       " does not know its input's shape: give the first layer .input_shape, or "
                       "add an Input()"));
    }
    if (dims->empty())
      return InvalidArgumentError("the input is a scalar; its first dimension must be the batch");
    stack_input = Input(Dims(dims->begin() + 1, dims->end()), {.dtype = InputDType(stack, dtype)},
                        stack[0]->location());
  }
  KerasTensor t = *stack_input;
  for (const Layer& layer : stack) t = layer(t);
  absl::StatusOr<Network> made = Network::Make({*stack_input}, {t});
  const absl::Status built = made.ok() ? UseNetwork(*std::move(made)) : made.status();
  if (!absl::IsResourceExhausted(built)) status = built;  // there may be memory another time
  return built;
}

absl::Status Model::Impl::RestoreWeights(const Network& made) {
  for (const auto& [layer, within] : made.placed()) {
    for (Weight& w : layer->mutable_weights()) {
      const std::string name = made.StateName(*layer, w);
      DAGRAD_ASSIGN_OR_RETURN(w.value,
                              TakeRestored({name, {w.dtype, Shape(w.dims)}, w.trainable, ""}));
      state.Set(name, w.value);
    }
  }
  return absl::OkStatus();
}

absl::Status Model::Impl::InitializeWeights(const Network& made) {
  if (restored.has_value()) return RestoreWeights(made);
  DAGRAD_ASSIGN_OR_RETURN(Function initialize, made.InitializeFunction());
  const Tensor key = Tensor::Of<int64_t>({2}, {options.seed, kInitializeCounter});
  DAGRAD_ASSIGN_OR_RETURN(
      runtime::EvaluateResult result,
      runtime::EvaluateFunction(initialize, {{"key", key}}, {}, runtime::KernelMode::kFast));
  for (const auto& [layer, within] : made.placed()) {
    for (Weight& w : layer->mutable_weights()) {
      const std::string name = made.StateName(*layer, w);
      // A layer that another model initialised keeps its weights, and both models share them.
      if (!w.value.defined()) w.value = result.updates.at(name);
      state.Set(name, w.value);
    }
  }
  return absl::OkStatus();
}

absl::Status Model::Impl::EnsurePredict() {
  std::lock_guard<std::mutex> lock(building);
  if (predict != nullptr) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const Function function, PredictFunction());
  DAGRAD_ASSIGN_OR_RETURN(predict, Executable::Compile(function));
  return absl::OkStatus();
}

std::vector<StateDecl> Model::Impl::AllStates() const {
  std::vector<StateDecl> states = network->StateDecls();
  for (const auto& [name, decl] : extra_states) states.push_back(decl);
  return states;
}

int64_t Model::CountParams() const {
  int64_t n = 0;
  if (impl_ != nullptr && impl_->network.has_value()) {
    for (const StateDecl& s : impl_->network->WeightDecls())
      n += NumElements(s.type.shape.ToDims());
    return n;
  }
  for (const Layer& layer : layers()) n += layer->CountParams();
  return n;
}

absl::Status Model::Impl::CheckBatches(int64_t rows, int64_t batch_size) const {
  for (size_t i = 0; i < network->inputs().size(); ++i) {
    const Dim& wanted = network->input_type(i).shape.dim(0);
    if (!wanted.is_known() || rows == 0) continue;
    if (std::min(batch_size, rows) == wanted.value() && rows % wanted.value() == 0) continue;
    return InvalidArgumentError(absl::StrCat(
        "input \"", network->InputName(i), "\" takes batches of exactly ", wanted.value(),
        " examples; given: ", rows, " examples in batches of ", batch_size));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitInputs(const Data& x) const {
  if (x.tensors.size() != network->inputs().size()) {
    return InvalidArgumentError(absl::StrCat("model ", options.name, " has ",
                                             network->inputs().size(),
                                             " inputs; given: ", x.tensors.size()));
  }
  std::vector<Tensor> fitted;
  for (size_t i = 0; i < x.tensors.size(); ++i) {
    const std::string what = absl::StrCat("input \"", network->InputName(i), "\"");
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, FitToType(x.tensors[i], network->input_type(i), what));
    fitted.push_back(std::move(t));
  }
  return fitted;
}

Sequential::Sequential(std::string name, ModelOptions options) {
  options.name = std::move(name);
  impl_->options = std::move(options);
}

Sequential::Sequential(std::vector<Layer> layers, ModelOptions options) {
  if (options.name.empty()) options.name = "sequential";
  impl_->options = std::move(options);
  for (Layer& layer : layers) Add(std::move(layer));
}

absl::Status Model::Impl::Extend(const Layer& layer) {
  KerasTensor t = *stack_input;
  for (const Layer& l : stack) t = l(t);
  DAGRAD_ASSIGN_OR_RETURN(Network longer, Network::Make({*stack_input}, {layer(t)}));
  DAGRAD_RETURN_IF_ERROR(UseNetwork(std::move(longer)));
  stack.push_back(layer);
  predict.reset();
  if (compiled.has_value()) pending = std::move(compiled->options);
  compiled.reset();
  extra_states.clear();
  return absl::OkStatus();
}

void Model::Impl::RefuseAdd(absl::Status why) {
  std::lock_guard<std::mutex> lock(building);
  refused_add.Update(Prefixed(absl::StrCat("model ", options.name), why));
}

void Sequential::Add(Layer layer) {
  if (impl_ == nullptr) return;  // as status() says
  absl::Status added = impl_->CheckIdle("Add");
  if (!added.ok()) {
    // the model stays as it is
  } else if (layer.is_null()) {
    added = InvalidArgumentError("the layer to add is null");
  } else if (impl_->network.has_value()) {
    added = impl_->Extend(layer);
  } else {
    impl_->stack.push_back(std::move(layer));
  }
  if (!added.ok()) impl_->RefuseAdd(added);
}

void Sequential::Add(KerasTensor input) {
  if (impl_ == nullptr) return;  // as status() says
  if (impl_->stack_input.has_value() || !impl_->stack.empty()) {
    impl_->RefuseAdd(InvalidArgumentError("an Input() can only be added first"));
  } else if (input.call() == nullptr) {
    impl_->RefuseAdd(InvalidArgumentError("the Input() to add is an empty tensor"));
  } else {
    impl_->stack_input = std::move(input);
  }
}

}  // namespace dagrad::keras
