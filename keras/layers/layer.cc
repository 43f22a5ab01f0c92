#include "dagrad/keras/layers/layer.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/layers/unique_names.h"

namespace dagrad::keras {
namespace {

int64_t NextSerial() {
  static std::atomic<int64_t> serial{0};
  return serial.fetch_add(1, std::memory_order_relaxed);
}

std::string Label(const LayerImpl& layer) {
  absl::string_view file = layer.location().file;
  file = file.substr(file.rfind('/') + 1);
  return absl::StrCat(layer.name().empty() ? "layer" : layer.name(), " (", layer.class_name(), ", ",
                      file, ":", layer.location().line, ")");
}

std::string StateName(const CallContext& context, const LayerImpl& layer, const Weight& weight) {
  return absl::StrCat(context.NameOf(layer), "/", weight.name);
}

std::vector<ValueType> TypesOf(const std::vector<KerasTensor>& tensors) {
  std::vector<ValueType> types;
  for (const KerasTensor& t : tensors) types.push_back(t.type());
  return types;
}

std::vector<Value> ProbeInputs(const char* name, absl::Span<const ValueType> types,
                               GraphBuilder* probe) {
  std::vector<Value> values;
  for (const ValueType& type : types)
    values.push_back(probe->Input(absl::StrCat(name, values.size()), type.dtype, type.shape));
  return values;
}

// Calls the layer in a graph of its own, only to learn its results' types.
absl::StatusOr<std::vector<ValueType>> ProbeTypes(LayerImpl* layer, const LayerCall& call) {
  const std::vector<ValueType> types = TypesOf(call.inputs);
  if (absl::Status s = layer->EnsureBuilt(types); !s.ok()) return s;
  GraphBuilder probe("probe");
  const std::vector<Value> values = ProbeInputs("input_", types, &probe);
  const std::vector<Value> state =
      ProbeInputs("initial_state_", TypesOf(call.args.initial_state), &probe);
  int64_t streams = 0;
  LayerNames names;
  layer->AddNames(layer->name(), &names);
  CallContext context(&probe, /*training=*/true, &names, &streams);
  const std::vector<Value> results = context.CallLayer(*layer, {values, state});
  context.Finish();
  if (!probe.ok()) return probe.status();
  std::vector<ValueType> result_types;
  for (Value v : results) result_types.push_back(v.type());
  return result_types;
}

absl::Status CheckArgs(const LayerImpl& layer, const CallArgs& args) {
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

// Calls f(layer), then f of the layers within, in the order of their weights.
template <typename L, typename F>
void ForEachLayer(L& layer, const F& f) {
  f(layer);
  for (const LayerImpl::Sublayer& s : layer.sublayers()) ForEachLayer(*s.layer, f);
}

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

std::string SnakeCase(absl::string_view class_name) {
  // A capital starts a word if a small letter or digit precedes it and a small letter follows
  // ("Conv2D" has none inside).
  std::string out;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const unsigned char c = class_name[i];
    const bool starts_word = i > 0 && absl::ascii_isupper(c) && i + 1 < class_name.size() &&
                             absl::ascii_islower(static_cast<unsigned char>(class_name[i + 1]));
    if (starts_word) out += '_';
    out += absl::ascii_tolower(c);
  }
  return out;
}

Value CallContext::RandomKey() {
  if (builder_ == nullptr) return Value();
  return builder_->State(kRandomKeyState, DType::kInt64, {2});
}

void LayerImpl::SetNameByModel(std::string name) {
  name_ = std::move(name);
  named_by_model_ = true;
}

Value CallContext::State(const std::string& name, DType dtype, const Shape& shape) {
  const Value on_entry = builder_->State(name, dtype, shape);
  for (const auto& [updated, value] : updates_) {
    if (updated == name) return value;
  }
  return on_entry;
}

void CallContext::Update(const std::string& name, Value value) {
  for (auto& [updated, last] : updates_) {
    if (updated != name) continue;
    last = value;
    return;
  }
  updates_.emplace_back(name, value);
}

void CallContext::Finish() {
  for (const auto& [name, value] : updates_) builder_->Update(name, value);
  updates_.clear();
}

std::vector<Value> CallContext::CallLayer(const LayerImpl& layer, const LayerInputs& inputs) {
  const std::string& path = NameOf(layer);
  absl::string_view name = path;
  absl::ConsumePrefix(&name, within_);
  GraphBuilder::Scope scope(
      builder_, name.empty() ? absl::AsciiStrToLower(layer.class_name()) : std::string(name));
  GraphBuilder::LocatedAt located(builder_, layer.location());
  const std::string around = std::exchange(within_, path + "/");
  std::vector<Value> results = layer.Call(*this, inputs).values;
  within_ = around;
  const bool of_graph = !results.empty() &&
                        std::all_of(results.begin(), results.end(),
                                    [&](Value v) { return v.valid() && v.builder() == builder_; });
  if (builder_ == nullptr || of_graph) return results;
  return {
      builder_->Fail(layer.Prefixed(InvalidArgumentError("its Call gave no value of the graph")))};
}

absl::Status LayerImpl::Prefixed(const absl::Status& status) const {
  return dagrad::Prefixed(Label(*this), status);
}

void LayerImpl::AddSublayer(std::shared_ptr<LayerImpl> layer, std::string name) {
  UniqueNames taken;
  for (const Sublayer& s : sublayers_) taken.Take(s.name);
  if (name.empty()) name = layer->name();
  if (name.empty()) name = SnakeCase(layer->class_name());
  if (MayHold(*layer)) sublayers_.push_back({taken.Add(name), std::move(layer)});
}

bool LayerImpl::MayHold(const LayerImpl& layer) {
  nesting_ = std::max(nesting_, layer.nesting_ + 1);
  return nesting_ <= kMaxNesting;
}

void LayerImpl::AddNames(const std::string& name, LayerNames* names) const {
  names->emplace(this, name);
  for (const Sublayer& s : sublayers_) s.layer->AddNames(absl::StrCat(name, "/", s.name), names);
}

void LayerImpl::set_trainable(bool trainable) {
  ForEachLayer(*this, [&](LayerImpl& layer) { layer.trainable_ = trainable; });
}

std::vector<bool> LayerImpl::TrainableFlags() const {
  std::vector<bool> flags;
  ForEachLayer(*this, [&](const LayerImpl& layer) { flags.push_back(layer.trainable_); });
  return flags;
}

bool LayerImpl::SetTrainableFlags(const std::vector<bool>& flags) {
  if (flags.size() != TrainableFlags().size()) return false;
  auto next = flags.begin();
  ForEachLayer(*this, [&](LayerImpl& layer) { layer.trainable_ = *next++; });
  return true;
}

int64_t LayerImpl::CountParams() const {
  int64_t n = 0;
  ForEachLayer(*this, [&](const LayerImpl& layer) {
    for (const Weight& w : layer.weights_) n += NumElements(w.dims);
  });
  return n;
}

void LayerImpl::set_location(std::string file, int line) {
  file_ = std::move(file);
  location_ = {file_.c_str(), line};
}

absl::Status LayerImpl::EnsureBuilt(absl::Span<const ValueType> inputs) {
  if (built_) return absl::OkStatus();
  if (nesting_ > kMaxNesting) {
    return Prefixed(
        InvalidArgumentError(absl::StrCat("layers are nested more than ", kMaxNesting, " deep")));
  }
  weights_.clear();  // of a call that failed midway
  if (absl::Status s = Build(inputs); !s.ok()) return Prefixed(s);
  UniqueNames names;
  for (const Weight& w : weights_) {
    absl::Status s = w.initializer.Validate();
    if (s.ok() && !names.Take(w.name))
      s = InvalidArgumentError("another weight of the layer has this name");
    if (s.ok()) s = CheckedNumElements(w.dims).status();
    if (!s.ok()) return Prefixed(dagrad::Prefixed(absl::StrCat("weight ", w.name), s));
  }
  built_ = true;
  return absl::OkStatus();
}

int LayerImpl::AddWeight(std::string name, DType dtype, Dims dims, Initializer initializer,
                         bool trainable) {
  weights_.push_back(
      {std::move(name), dtype, std::move(dims), std::move(initializer), trainable, Tensor()});
  return static_cast<int>(weights_.size()) - 1;
}

Value LayerImpl::WeightValue(CallContext& context, int index) const {
  const Weight& w = weights_[index];
  return context.State(StateName(context, *this, w), w.dtype, Shape(absl::MakeConstSpan(w.dims)));
}

void LayerImpl::UpdateWeight(CallContext& context, int index, Value value) const {
  context.Update(StateName(context, *this, weights_[index]), value);
}

int KerasTensor::num_results() const {
  return call_ == nullptr ? 0 : static_cast<int>(call_->types.size());
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

std::vector<KerasTensor> LayerCall::TakeInputs() {
  std::vector<KerasTensor> taken = std::exchange(inputs, {});
  std::move(args.initial_state.begin(), args.initial_state.end(), std::back_inserter(taken));
  args.initial_state.clear();
  return taken;
}

Layer::Layer(std::shared_ptr<LayerImpl> impl)
    : impl_(impl == nullptr ? std::make_shared<NullLayer>() : std::move(impl)) {}

bool Layer::is_null() const { return dynamic_cast<const NullLayer*>(impl_.get()) != nullptr; }

KerasTensor Layer::Apply(absl::Span<const KerasTensor> inputs, CallArgs args) const try {
  auto call = std::make_shared<LayerCall>();
  call->layer = impl_;
  call->serial = NextSerial();
  for (absl::Span<const KerasTensor> list : {inputs, absl::MakeConstSpan(args.initial_state)}) {
    for (const KerasTensor& t : list) {
      call->status.Update(t.call() == nullptr ? impl_->Prefixed(InvalidArgumentError(
                                                    "is called on an empty tensor"))
                                              : t.status());
    }
  }
  call->status.Update(impl_->Prefixed(CheckArgs(*impl_, args)));
  call->inputs.assign(inputs.begin(), inputs.end());
  call->args = std::move(args);
  if (call->status.ok()) {
    absl::StatusOr<std::vector<ValueType>> types = ProbeTypes(impl_.get(), *call);
    call->status = types.status();
    if (types.ok()) call->types = *std::move(types);
  }
  return KerasTensor(std::move(call));
} catch (const std::bad_alloc&) {
  return KerasTensor(NoMemoryCall());
}

InputLayer::InputLayer(Dims shape, const InputOptions& options, SourceLocation location)
    : LayerImpl(options.name, location), shape_(std::move(shape)), dtype_(options.dtype) {}

ValueType InputLayer::type() const {
  Shape shape({Dim("batch")});
  for (int64_t d : shape_) shape.push_back(Dim(d));
  return {dtype_, std::move(shape)};
}

LayerOutputs InputLayer::Call(CallContext& context, const LayerInputs&) const {
  return context.builder()->Input(context.NameOf(*this), dtype_, type().shape, location());
}

Json InputLayer::Config() const {
  return {{"shape", JsonList(shape_)}, {"dtype", std::string(DTypeName(dtype_))}};
}

KerasTensor Input(Dims shape, InputOptions options, SourceLocation location) {
  NoMemoryCall();
  auto layer = std::make_shared<InputLayer>(std::move(shape), options, location);
  auto call = std::make_shared<LayerCall>();
  call->types = {layer->type()};
  call->status = layer->Prefixed(call->types[0].shape.Validate());
  call->layer = std::move(layer);
  call->serial = NextSerial();
  return KerasTensor(std::move(call));
}

}  // namespace dagrad::keras
