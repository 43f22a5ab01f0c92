#include <atomic>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/layers/input.h"
#include "dagrad/keras/layers/layer.h"

// Calls of layers on symbolic tensors.
namespace dagrad::keras {
namespace {

int64_t NextSerial() {
  static std::atomic<int64_t> serial{0};
  return serial.fetch_add(1, std::memory_order_relaxed);
}

std::vector<ValueType> TypesOf(const std::vector<KerasTensor>& tensors) {
  std::vector<ValueType> types;
  for (const KerasTensor& t : tensors) types.push_back(t.type());
  return types;
}

std::vector<Value> ProbeInputs(const char* name, absl::Span<const ValueType> types,
                               GraphBuilder* probe) {
  std::vector<Value> values;
  for (const ValueType& type : types) {
    values.push_back(type.dtype == DType::kInvalid
                         ? Value()
                         : probe->Input(absl::StrCat(name, values.size()), type.dtype, type.shape));
  }
  return values;
}

// Those of the tensors' masks; kInvalid for none.
std::vector<ValueType> MaskTypesOf(const std::vector<KerasTensor>& tensors) {
  std::vector<ValueType> types;
  for (const KerasTensor& t : tensors)
    types.push_back(t.has_mask() ? t.call()->mask_types[t.port()] : ValueType());
  return types;
}

std::vector<ValueType> TypesOf(const std::vector<Value>& values) {
  std::vector<ValueType> types;
  for (Value v : values) types.push_back(v.valid() ? v.type() : ValueType());
  return types;
}

// Calls the layer in a graph of its own, only to learn its results' types and their masks'.
absl::Status ProbeTypes(LayerImpl* layer, LayerCall* call) {
  const std::vector<ValueType> types = TypesOf(call->inputs);
  if (absl::Status s = layer->EnsureBuilt(types); !s.ok()) return s;
  GraphBuilder probe("probe");
  const CallArgs& args = call->args;
  const std::vector<Value> values = ProbeInputs("input_", types, &probe);
  const std::vector<Value> masks = ProbeInputs("mask_", MaskTypesOf(call->inputs), &probe);
  const std::vector<Value> state =
      ProbeInputs("initial_state_", TypesOf(args.initial_state), &probe);
  LayerInputs inputs{values, state, masks};
  if (args.attention_mask.call() != nullptr) {
    const ValueType& type = args.attention_mask.type();
    inputs.attention_mask = probe.Input("attention_mask", type.dtype, type.shape);
  }
  inputs.use_causal_mask = args.use_causal_mask;
  int64_t streams = 0;
  LayerNames names;
  layer->AddNames(layer->name(), &names);
  CallContext context(&probe, /*training=*/true, &names, &streams);
  const LayerOutputs results = context.CallLayer(*layer, inputs);
  context.Finish();
  if (!probe.ok()) return probe.status();
  call->types = TypesOf(results.values);
  call->mask_types = TypesOf(*results.masks);
  return absl::OkStatus();
}

absl::Status CheckArgs(const LayerImpl& layer, const CallArgs& args) {
  if ((args.attention_mask.call() != nullptr || args.use_causal_mask) &&
      !layer.takes_attention_mask())
    return InvalidArgumentError("takes no attention_mask or use_causal_mask");
  const auto given = static_cast<int>(args.initial_state.size());
  if (given == 0 || given == layer.initial_states()) return absl::OkStatus();
  if (layer.initial_states() == 0)
    return InvalidArgumentError("has no state, but is called with an initial_state");
  return InvalidArgumentError(absl::StrCat("initial_state is ", layer.initial_states(),
                                           layer.initial_states() == 1 ? " tensor" : " tensors",
                                           "; given: ", given));
}

// What a null pointer to a layer stands for.
class NullLayer : public LayerImpl {
 public:
  NullLayer() : LayerImpl("", SourceLocation{}) {}
  absl::string_view class_name() const override { return "null"; }
  absl::Status Build(absl::Span<const ValueType>) override {
    return InvalidArgumentError("the layer is null");
  }
  LayerOutputs Call(CallContext&, const LayerInputs&) const override { return Value(); }
  Json Config() const override { return boost::json::object(); }
};

// What a call gives that there was no memory for. Made with the first Input(), which comes first.
const std::shared_ptr<const LayerCall>& NoMemoryCall() {
  static const auto* const call = [] {
    auto made = std::make_shared<LayerCall>();
    made->status = NoMemoryStatus();
    return new std::shared_ptr<const LayerCall>(std::move(made));
  }();
  return *call;
}

}  // namespace

int KerasTensor::num_results() const {
  return call_ == nullptr ? 0 : static_cast<int>(call_->types.size());
}

bool KerasTensor::has_mask() const {
  return status().ok() && static_cast<size_t>(port()) < call_->mask_types.size() &&
         call_->mask_types[port()].dtype != DType::kInvalid;
}

const ValueType& KerasTensor::type() const {
  static const ValueType* const none = new ValueType();
  return status().ok() ? call_->types[port()] : *none;
}

KerasTensor KerasTensor::Failed(absl::Status status) try {
  auto call = std::make_shared<LayerCall>();
  call->status = std::move(status);
  return KerasTensor(std::move(call));
} catch (const std::bad_alloc&) {
  return KerasTensor(NoMemoryCall());
}

absl::Status KerasTensor::status() const {
  if (call_ == nullptr) return InvalidArgumentError("the tensor is empty");
  if (!call_->status.ok()) return call_->status;
  const int results = num_results();
  if (port_ == kOnly ? results == 1 : port_ >= 0 && port_ < results) return absl::OkStatus();
  return call_->layer->Prefixed(InvalidArgumentError(
      absl::StrCat("gives ", results, results == 1 ? " tensor, t[0]" : " tensors, t[0] to t[",
                   results == 1 ? "" : absl::StrCat(results - 1, "]"),
                   port_ == kOnly ? ", of which one is to be taken"
                                  : absl::StrCat("; there is no t[", port_, "]"))));
}

LayerCall::~LayerCall() {
  std::vector<KerasTensor> released = TakeInputs();
  while (!released.empty()) {
    const std::shared_ptr<const LayerCall> call = released.back().call();
    released.pop_back();
    if (call == nullptr || call.use_count() > 1) continue;
    // Nobody else can reach it any more, so its inputs are taken from it before it goes.
    std::vector<KerasTensor> its_inputs = const_cast<LayerCall&>(*call).TakeInputs();
    std::move(its_inputs.begin(), its_inputs.end(), std::back_inserter(released));
  }
}

std::vector<KerasTensor> LayerCall::AllInputs() const {
  std::vector<KerasTensor> all = inputs;
  all.insert(all.end(), args.initial_state.begin(), args.initial_state.end());
  if (args.attention_mask.call() != nullptr) all.push_back(args.attention_mask);
  return all;
}

std::vector<KerasTensor> LayerCall::TakeInputs() {
  std::vector<KerasTensor> taken = std::exchange(inputs, {});
  std::move(args.initial_state.begin(), args.initial_state.end(), std::back_inserter(taken));
  if (args.attention_mask.call() != nullptr) taken.push_back(std::move(args.attention_mask));
  args = {};
  return taken;
}

Layer::Layer(std::shared_ptr<LayerImpl> impl)
    : impl_(impl == nullptr ? std::make_shared<NullLayer>() : std::move(impl)) {}

Layer Layer::Named(std::string name) const {
  impl_->set_name(std::move(name));
  return *this;
}

Layer Layer::InputShape(Dims dims) const {
  impl_->set_input_shape(std::move(dims));
  return *this;
}

Layer Layer::Trainable(bool trainable) const {
  impl_->set_trainable(trainable);
  return *this;
}

Layer Layer::IgnoreMask() const {
  impl_->set_ignores_mask(true);
  return *this;
}

bool Layer::is_null() const { return dynamic_cast<const NullLayer*>(impl_.get()) != nullptr; }

KerasTensor Layer::Apply(absl::Span<const KerasTensor> inputs, CallArgs args) const try {
  auto call = std::make_shared<LayerCall>();
  call->layer = impl_;
  call->serial = NextSerial();
  call->inputs.assign(inputs.begin(), inputs.end());
  call->args = std::move(args);
  for (const KerasTensor& t : call->AllInputs()) {
    call->status.Update(t.call() == nullptr
                            ? impl_->Prefixed(InvalidArgumentError("is called on an empty tensor"))
                            : t.status());
  }
  call->status.Update(impl_->Prefixed(CheckArgs(*impl_, call->args)));
  if (call->status.ok()) call->status = ProbeTypes(impl_.get(), call.get());
  return KerasTensor(std::move(call));
} catch (const std::bad_alloc&) {
  return KerasTensor(NoMemoryCall());
}

KerasTensor Input(Dims shape, InputOptions options, SourceLocation location) {
  NoMemoryCall();
  auto layer = std::make_shared<InputLayer>(std::move(shape), options, location);
  auto call = std::make_shared<LayerCall>();
  call->types = {layer->type()};
  call->status = layer->EnsureBuilt({});
  call->layer = std::move(layer);
  call->serial = NextSerial();
  return KerasTensor(std::move(call));
}

}  // namespace dagrad::keras
