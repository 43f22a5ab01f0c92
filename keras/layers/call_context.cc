#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// Calls of layers within a function.
namespace dagrad::keras {

Value CallContext::RandomKey() {
  if (builder_ == nullptr) return Value();
  return builder_->State(kRandomKeyState, DType::kInt64, {2});
}

Value CallContext::State(const std::string& name, DType dtype, const Shape& shape) {
  const Value on_entry = builder_->State(name, dtype, shape);
  for (const auto* changes : {&updates_, &replaced_}) {
    for (const auto& [changed, value] : *changes) {
      if (changed == name) return value;
    }
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

bool LayerInputs::has_mask() const {
  return std::any_of(masks.begin(), masks.end(), [](Value mask) { return mask.valid(); });
}

void CallContext::AddLoss(Value loss) {
  if (loss.valid() && loss.builder() == builder_ && IsFloating(loss.dtype())) {
    losses_.push_back(loss);
  } else if (builder_ != nullptr) {
    const absl::Status bad = InvalidArgumentError("AddLoss takes a float value of the graph");
    builder_->Fail(called_ == nullptr ? bad : called_->Prefixed(bad));
  }
}

void CallContext::AddActivityLoss(const Regularizer& rule, Value activity) {
  if (!rule.given() || !activity.valid() || !IsFloating(activity.dtype())) return;
  const Value penalty = rule.get()->Penalty(activity);
  if (activity.rank() == 0) return AddLoss(penalty);
  const Value ones = Full(activity.builder(), activity.dtype(), Shape({activity.dim(0)}), 1);
  AddLoss(penalty / ReduceSum(ones));
}

namespace {

// Of the builder, or of a body in it, as that of a loop over steps.
bool IsWithin(Value value, const GraphBuilder* builder) {
  const GraphBuilder* of = value.builder();
  while (of != nullptr && of != builder) of = of->outer();
  return value.valid() && of == builder;
}

}  // namespace

LayerOutputs CallContext::CallLayer(const LayerImpl& layer, LayerInputs inputs) {
  const std::string& path = NameOf(layer);
  absl::string_view name = path;
  absl::ConsumePrefix(&name, within_);
  GraphBuilder::Scope scope(
      builder_, name.empty() ? absl::AsciiStrToLower(layer.class_name()) : std::string(name));
  GraphBuilder::LocatedAt located(builder_, layer.location());
  if (layer.ignores_mask()) inputs.masks = {};
  if (inputs.has_mask() && !layer.supports_masking()) {
    return LayerOutputs({builder_->Fail(layer.Prefixed(InvalidArgumentError(
                            "does not support masks, but one comes with its input: "
                            "IgnoreMask() on the layer drops it (padding is data from there "
                            "on), or leave mask_zero or Masking out")))},
                        {Value()});
  }
  const std::string around = std::exchange(within_, path + "/");
  const LayerImpl* const caller = std::exchange(called_, &layer);
  LayerOutputs results = layer.Call(*this, inputs);
  for (const Value& value : results.values) AddActivityLoss(layer.activity_regularizer(), value);
  called_ = caller;
  within_ = around;
  if (!results.masks.has_value()) results.masks.emplace(inputs.masks.begin(), inputs.masks.end());
  results.masks->resize(results.values.size());
  const bool of_graph =
      !results.values.empty() && std::all_of(results.values.begin(), results.values.end(),
                                             [&](Value v) { return IsWithin(v, builder_); });
  if (builder_ == nullptr || of_graph) return results;
  return LayerOutputs(
      {builder_->Fail(layer.Prefixed(InvalidArgumentError("its Call gave no value of the graph")))},
      {Value()});
}

}  // namespace dagrad::keras
