#include "dagrad/keras/layers/layer.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/unique_names.h"

namespace dagrad::keras {
namespace {

std::string Label(const LayerImpl& layer) {
  absl::string_view file = layer.location().file;
  file = file.substr(file.rfind('/') + 1);
  return absl::StrCat(layer.name().empty() ? "layer" : layer.name(), " (", layer.class_name(), ", ",
                      file, ":", layer.location().line, ")");
}

std::string StateName(const CallContext& context, const LayerImpl& layer, const Weight& weight) {
  return absl::StrCat(context.NameOf(layer), "/", weight.name);
}

// Calls f(layer), then f of the layers within, in the order of their weights.
template <typename L, typename F>
void ForEachLayer(L& layer, const F& f) {
  f(layer);
  for (const LayerImpl::Sublayer& s : layer.sublayers()) ForEachLayer(*s.layer, f);
}

}  // namespace

std::string SnakeCase(absl::string_view class_name) {
  // A capital starts a word if a small letter precedes or follows it: "re_lu", "conv2d_transpose".
  std::string out;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const unsigned char c = class_name[i];
    const auto is_small = [&](size_t at) {
      return at < class_name.size() &&
             absl::ascii_islower(static_cast<unsigned char>(class_name[at]));
    };
    const bool starts_word =
        i > 0 && absl::ascii_isupper(c) && (is_small(i - 1) || is_small(i + 1));
    if (starts_word) out += '_';
    out += absl::ascii_tolower(c);
  }
  return out;
}

int64_t LayerImpl::NextSerial() {
  static std::atomic<int64_t> serial{0};
  return serial.fetch_add(1, std::memory_order_relaxed);
}

void LayerImpl::set_name(std::string name) {
  name_ = std::move(name);
  named_by_model_ = false;
}

void LayerImpl::SetNameByModel(std::string name) {
  name_ = std::move(name);
  named_by_model_ = true;
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

std::shared_ptr<LayerImpl> LayerImpl::Copy(std::string, BoolOptions) const { return nullptr; }

std::shared_ptr<LayerImpl> LayerImpl::CopyAlike(std::string name, BoolOptions options) const {
  std::shared_ptr<LayerImpl> copy = Copy(std::move(name), options);
  if (copy == nullptr) return copy;
  if (!copy->SetTrainableFlags(TrainableFlags())) copy->set_trainable(trainable_);
  copy->ignores_mask_ = ignores_mask_;
  copy->input_shape_ = input_shape_;
  copy->set_location(location_.file, location_.line);
  return copy;
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
  size_t layers = 0;  // counted, as nothing may be allocated: destructors set flags back
  ForEachLayer(*this, [&](const LayerImpl&) { ++layers; });
  if (flags.size() != layers) return false;
  auto next = flags.begin();
  // What is so already is not written: others may read it.
  ForEachLayer(*this, [&](LayerImpl& layer) {
    if (const bool flag = *next++; layer.trainable_ != flag) layer.trainable_ = flag;
  });
  return true;
}

int64_t LayerImpl::CountParams() const {
  int64_t n = 0;
  ForEachLayer(*this, [&](const LayerImpl& layer) {
    for (const Weight& w : layer.weights_) n += w.carried ? 0 : NumElements(w.dims);
  });
  return n;
}

void LayerImpl::ResetState() {
  ForEachLayer(*this, [&](LayerImpl& layer) {
    for (Weight& w : layer.weights_) {
      if (w.carried && w.value.defined() && w.value.byte_size() > 0)
        std::memset(w.value.mutable_bytes(), 0, w.value.byte_size());
    }
  });
}

void LayerImpl::set_location(std::string file, int line) {
  file_ = std::move(file);
  location_ = {file_.c_str(), line};
}

const Regularizer& LayerImpl::activity_regularizer() const {
  static const auto* const none = new Regularizer();
  return *none;
}

absl::Status LayerImpl::EnsureBuilt(absl::Span<const ValueType> inputs) {
  if (built_) return absl::OkStatus();
  if (nesting_ > kMaxNesting) {
    return Prefixed(
        InvalidArgumentError(absl::StrCat("layers are nested more than ", kMaxNesting, " deep")));
  }
  weights_.clear();  // of a call that failed midway
  if (absl::Status s = Build(inputs); !s.ok()) return Prefixed(s);
  if (absl::Status s = activity_regularizer().Validate(); !s.ok())
    return Prefixed(dagrad::Prefixed("activity_regularizer", s));
  UniqueNames names;
  for (const Weight& w : weights_) {
    absl::Status s = w.initializer.Validate();
    if (s.ok()) s = w.regularizer.Validate();
    if (s.ok()) s = w.constraint.Validate();
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
  weights_.push_back({std::move(name),
                      dtype,
                      std::move(dims),
                      std::move(initializer),
                      trainable,
                      Tensor(),
                      /*carried=*/false,
                      {},
                      {}});
  return static_cast<int>(weights_.size()) - 1;
}

int LayerImpl::AddCarried(std::string name, DType dtype, Dims dims) {
  const int index =
      AddWeight(std::move(name), dtype, std::move(dims), "zeros", /*trainable=*/false);
  weights_[index].carried = true;
  return index;
}

int LayerImpl::WithRules(int index, Regularizer regularizer, Constraint constraint) {
  weights_[index].regularizer = std::move(regularizer);
  weights_[index].constraint = std::move(constraint);
  return index;
}

Value LayerImpl::WeightValue(CallContext& context, int index) const {
  const Weight& w = weights_[index];
  return context.State(StateName(context, *this, w), w.dtype, Shape(absl::MakeConstSpan(w.dims)));
}

void LayerImpl::UpdateWeight(CallContext& context, int index, Value value) const {
  context.Update(StateName(context, *this, weights_[index]), value);
}

}  // namespace dagrad::keras
