#include "dagrad/keras/layer.h"

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
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/unique_names.h"

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

std::string StateName(const CallContext& context, const Weight& weight) {
  return absl::StrCat(context.layer_name(), "/", weight.name);
}

absl::Status Prefixed(const LayerImpl& layer, const absl::Status& status) {
  return dagrad::Prefixed(Label(layer), status);
}

// Calls the layer in a graph of its own, only to learn its result's type.
absl::StatusOr<ValueType> ProbeType(LayerImpl* layer, absl::Span<const ValueType> inputs) {
  if (absl::Status s = layer->EnsureBuilt(inputs); !s.ok()) return s;
  GraphBuilder probe("probe");
  std::vector<Value> values;
  for (const ValueType& type : inputs) {
    values.push_back(probe.Input(absl::StrCat("input_", values.size()), type.dtype, type.shape));
  }
  int64_t streams = 0;
  CallContext context(&probe, /*training=*/true, &streams);
  context.set_layer_name(layer->name());
  Value result = layer->CallInScope(context, values);
  context.Finish();
  if (!probe.ok()) return probe.status();
  return result.type();
}

// What a null pointer to a layer stands for.
class NullLayer : public LayerImpl {
 public:
  NullLayer() : LayerImpl("", SourceLocation{}) {}
  absl::string_view class_name() const override { return "null"; }
  absl::Status Build(absl::Span<const ValueType>) override {
    return InvalidArgumentError("the layer is null");
  }
  Value Call(CallContext&, absl::Span<const Value>) const override { return Value(); }
  nlohmann::json Config() const override { return nlohmann::json::object(); }
};

}  // namespace

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

int64_t LayerImpl::CountParams() const {
  int64_t n = 0;
  for (const Weight& w : weights_) n += NumElements(w.dims);
  return n;
}

void LayerImpl::set_location(std::string file, int line) {
  file_ = std::move(file);
  location_ = {file_.c_str(), line};
}

absl::Status LayerImpl::EnsureBuilt(absl::Span<const ValueType> inputs) {
  if (built_) return absl::OkStatus();
  weights_.clear();  // of a call that failed midway
  if (absl::Status s = Build(inputs); !s.ok()) return Prefixed(*this, s);
  UniqueNames names;
  for (const Weight& w : weights_) {
    absl::Status s = w.initializer.Validate();
    if (s.ok() && !names.Take(w.name))
      s = InvalidArgumentError("another weight of the layer has this name");
    if (s.ok()) s = CheckedNumElements(w.dims).status();
    if (!s.ok()) return Prefixed(*this, dagrad::Prefixed(absl::StrCat("weight ", w.name), s));
  }
  built_ = true;
  return absl::OkStatus();
}

Value LayerImpl::CallInScope(CallContext& context, absl::Span<const Value> inputs) const {
  GraphBuilder* const builder = context.builder();
  GraphBuilder::Scope scope(builder, context.layer_name().empty()
                                         ? absl::AsciiStrToLower(class_name())
                                         : context.layer_name());
  GraphBuilder::LocatedAt located(builder, location_);
  const Value result = Call(context, inputs);
  if (builder == nullptr || (result.valid() && result.builder() == builder)) return result;
  return builder->Fail(
      Prefixed(*this, InvalidArgumentError("its Call gave no value of the graph")));
}

int LayerImpl::AddWeight(std::string name, DType dtype, Dims dims, Initializer initializer,
                         bool trainable) {
  weights_.push_back(
      {std::move(name), dtype, std::move(dims), std::move(initializer), trainable, Tensor()});
  return static_cast<int>(weights_.size()) - 1;
}

Value LayerImpl::WeightValue(CallContext& context, int index) const {
  const Weight& w = weights_[index];
  return context.State(StateName(context, w), w.dtype, Shape(absl::MakeConstSpan(w.dims)));
}

void LayerImpl::UpdateWeight(CallContext& context, int index, Value value) const {
  context.Update(StateName(context, weights_[index]), value);
}

const ValueType& KerasTensor::type() const {
  static const ValueType* const none = new ValueType();
  return call_ == nullptr ? *none : call_->type;
}

LayerCall::~LayerCall() {
  std::vector<KerasTensor> released = std::move(inputs);
  while (!released.empty()) {
    const std::shared_ptr<const LayerCall> call = released.back().call();
    released.pop_back();
    if (call == nullptr || call.use_count() > 1) continue;
    // Nobody else can reach it any more, so its inputs are taken from it before it goes.
    auto& its_inputs = const_cast<LayerCall&>(*call).inputs;
    std::move(its_inputs.begin(), its_inputs.end(), std::back_inserter(released));
    its_inputs.clear();
  }
}
Layer::Layer(std::shared_ptr<LayerImpl> impl)
    : impl_(impl == nullptr ? std::make_shared<NullLayer>() : std::move(impl)) {}

bool Layer::is_null() const { return dynamic_cast<const NullLayer*>(impl_.get()) != nullptr; }

// What a call gives that there was no memory for. Made with the first Input(), which comes first.
const std::shared_ptr<const LayerCall>& NoMemoryCall() {
  static const auto* const call = [] {
    auto made = std::make_shared<LayerCall>();
    made->status = NoMemoryStatus();
    return new std::shared_ptr<const LayerCall>(std::move(made));
  }();
  return *call;
}

KerasTensor Layer::Apply(std::vector<KerasTensor> inputs) const try {
  auto call = std::make_shared<LayerCall>();
  call->layer = impl_;
  call->serial = NextSerial();
  std::vector<ValueType> types;
  for (const KerasTensor& t : inputs) {
    absl::Status s = t.call() == nullptr
                         ? Prefixed(*impl_, InvalidArgumentError("is called on an empty tensor"))
                         : t.call()->status;
    call->status.Update(s);
    types.push_back(t.type());
  }
  call->inputs = std::move(inputs);
  if (call->status.ok()) {
    absl::StatusOr<ValueType> type = ProbeType(impl_.get(), types);
    call->status = type.status();
    if (type.ok()) call->type = *std::move(type);
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

Value InputLayer::Call(CallContext& context, absl::Span<const Value>) const {
  return context.builder()->Input(context.layer_name(), dtype_, type().shape, location());
}

nlohmann::json InputLayer::Config() const {
  return {{"shape", std::vector<int64_t>(shape_.begin(), shape_.end())},
          {"dtype", std::string(DTypeName(dtype_))}};
}

KerasTensor Input(Dims shape, InputOptions options, SourceLocation location) {
  NoMemoryCall();
  auto layer = std::make_shared<InputLayer>(std::move(shape), options, location);
  auto call = std::make_shared<LayerCall>();
  call->type = layer->type();
  call->status = Prefixed(*layer, call->type.shape.Validate());
  call->layer = std::move(layer);
  call->serial = NextSerial();
  return KerasTensor(std::move(call));
}

}  // namespace dagrad::keras
