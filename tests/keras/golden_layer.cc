#include "dagrad/tests/keras/golden_layer.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/models/custom_objects.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/pattern.h"

namespace dagrad::keras_parity {
namespace {

constexpr double kTolerance = 1e-5;

using keras::LayerImpl;
using runtime::TensorMap;

// The items of a list of the case; none where it has none.
boost::json::array ListOf(const Json& golden, const char* key) {
  const Json* const list = Member(golden, key);
  return list != nullptr && list->is_array() ? list->get_array() : boost::json::array();
}

bool FlagOf(const Json& golden, const char* key) {
  bool flag = false;
  ReadJson(Member(golden, key), &flag);
  return flag;
}

// A weight of the layer or of one within it, as its states have it.
struct NamedWeight {
  std::string state;
  keras::Weight weight;
};

void Collect(const LayerImpl& layer, const std::string& name, std::vector<NamedWeight>* weights) {
  for (const keras::Weight& w : layer.weights())
    weights->push_back({absl::StrCat(name, "/", w.name), w});
  for (const LayerImpl::Sublayer& s : layer.sublayers())
    Collect(*s.layer, absl::StrCat(name, "/", s.name), weights);
}

// The function of one call of a layer: inputs, results, masks, gradients, updates.
class CallOfCase {
 public:
  CallOfCase(LayerImpl* layer, const Json& golden) : layer_(layer), golden_(golden) {}

  absl::Status Build() {
    DAGRAD_RETURN_IF_ERROR(AddTensors("inputs", &values_));
    DAGRAD_RETURN_IF_ERROR(AddMasks());
    DAGRAD_RETURN_IF_ERROR(AddTensors("initial_state", &states_));
    std::vector<ValueType> types;
    for (const Value v : values_) types.push_back(v.type());
    DAGRAD_RETURN_IF_ERROR(layer_->EnsureBuilt(types));
    Collect(*layer_, "layer", &weights_);
    SetWeights();
    DAGRAD_RETURN_IF_ERROR(Call());
    return AddGradients();
  }

  absl::Status Check() {
    DAGRAD_ASSIGN_OR_RETURN(const Function f, g_.Build());
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                            runtime::EvaluateFunction(f, feeds_, weight_values_));
    const Json& expected = *Member(golden_, "expected");
    DAGRAD_RETURN_IF_ERROR(CheckOutputs(r.outputs, expected));
    DAGRAD_RETURN_IF_ERROR(CheckMasks(r.outputs, expected));
    DAGRAD_RETURN_IF_ERROR(CheckGradients(r.outputs, expected));
    return CheckUpdates(r.updates, expected);
  }

 private:
  // The batch is symbolic, as in a model.
  Value Feed(const std::string& name, const Tensor& t) {
    std::vector<Dim> dims = {Dim("batch")};
    for (size_t i = 1; i < t.dims().size(); ++i) dims.emplace_back(t.dims()[i]);
    feeds_[name] = t;
    return g_.Input(name, t.dtype(), Shape(absl::MakeConstSpan(dims)));
  }

  absl::Status AddTensors(const char* key, std::vector<Value>* values) {
    for (const Json& item : ListOf(golden_, key)) {
      const auto i = static_cast<double>(values->size());
      DAGRAD_ASSIGN_OR_RETURN(const Tensor t, TensorOfCase(item, i));
      values->push_back(Feed(absl::StrCat(key, "_", values->size()), t));
    }
    return absl::OkStatus();
  }

  absl::Status AddMasks() {
    for (const Json& item : ListOf(golden_, "inputs")) {
      const Json* const mask = item.is_object() ? Member(item, "mask") : nullptr;
      masks_.emplace_back();
      if (mask == nullptr) continue;
      DAGRAD_ASSIGN_OR_RETURN(const Tensor t, TensorOfCase(*mask, 0));
      DAGRAD_ASSIGN_OR_RETURN(const Tensor truth, t.Cast(DType::kBool));
      masks_.back() = Feed(absl::StrCat("mask_", masks_.size()), truth);
    }
    const Json* const attention = Member(golden_, "attention_mask");
    if (attention == nullptr) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(const Tensor t, TensorOfCase(*attention, 0));
    DAGRAD_ASSIGN_OR_RETURN(const Tensor truth, t.Cast(DType::kBool));
    attention_mask_ = Feed("attention_mask", truth);
    return absl::OkStatus();
  }

  // Of weight i, element k: 0.5 sin(0.3 k + i + 1), and "weight_offset" more.
  void SetWeights() {
    double offset = 0;
    ReadJson(Member(golden_, "weight_offset"), &offset);
    for (size_t i = 0; i < weights_.size(); ++i) {
      Tensor t = Pattern(weights_[i].weight.dims, 0.5, 0.3, static_cast<double>(i) + 1);
      for (float& v : t.mutable_data<float>()) v += static_cast<float>(offset);
      weight_values_[weights_[i].state] = std::move(t);
    }
  }

  absl::Status Call() {
    keras::LayerNames names;
    layer_->AddNames("layer", &names);
    int64_t streams = 0;
    keras::CallContext context(&g_, FlagOf(golden_, "training"), &names, &streams);
    results_ = context.CallLayer(*layer_, {.values = values_,
                                           .initial_state = states_,
                                           .masks = masks_,
                                           .attention_mask = attention_mask_,
                                           .use_causal_mask = FlagOf(golden_, "use_causal_mask")});
    context.Finish();
    loss_of_layer_ = context.losses();
    if (!g_.ok()) return g_.status();
    for (size_t i = 0; i < results_.values.size(); ++i) {
      g_.Output(absl::StrCat("y_", i), results_.values[i]);
      if (results_.mask(static_cast<int>(i)).valid())
        g_.Output(absl::StrCat("mask_of_", i), results_.mask(static_cast<int>(i)));
    }
    return g_.ok() ? absl::OkStatus() : g_.status();
  }

  // Of what the layer adds to the loss, and of Σ y sin(0.5 k + i + 1.5) over element k of result i.
  absl::Status AddGradients() {
    const boost::json::array outputs = ListOf(*Member(golden_, "expected"), "outputs");
    std::vector<Value> parts;
    for (const Value loss : loss_of_layer_) parts.push_back(ReduceSum(loss));
    for (size_t i = 0; i < results_.values.size() && i < outputs.size(); ++i) {
      if (!IsFloating(results_.values[i].dtype())) continue;
      std::vector<int64_t> shape;
      if (!ReadJson(Member(outputs[i], "shape"), &shape))
        return InvalidArgumentError("an expected output has no shape");
      const Tensor cotangent =
          Pattern(Dims(shape.begin(), shape.end()), 1, 0.5, static_cast<double>(i) + 1.5);
      const std::string name = absl::StrCat("cotangent_", i);
      feeds_[name] = cotangent;
      const Value c = g_.Input(name, DType::kFloat32, results_.values[i].shape());
      parts.push_back(ReduceSum(results_.values[i] * c));
    }
    if (parts.empty()) parts.push_back(Full(&g_, DType::kFloat32, Shape({}), 0));
    Value sum = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) sum = Add(sum, parts[i]);
    for (size_t i = 0; i < values_.size(); ++i) {
      if (IsFloating(values_[i].dtype())) Name("input_gradients", i, values_[i]);
    }
    for (size_t i = 0; i < weights_.size(); ++i) {
      const keras::Weight& w = weights_[i].weight;
      if (w.trainable)
        Name("weight_gradients", i,
             g_.State(weights_[i].state, w.dtype, Shape(absl::MakeConstSpan(w.dims))));
    }
    if (targets_.empty()) return absl::OkStatus();
    const Value ys[] = {sum};
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients(ys, targets_));
    for (size_t i = 0; i < gradients.size(); ++i) g_.Output(target_names_[i], gradients[i]);
    return absl::OkStatus();
  }

  void Name(const char* what, size_t i, Value value) {
    target_names_.push_back(absl::StrCat(what, " ", i));
    targets_.push_back(value);
  }

  absl::Status CheckOutputs(const TensorMap& outputs, const Json& expected) const {
    const boost::json::array wanted = ListOf(expected, "outputs");
    if (wanted.size() != results_.values.size()) {
      return InvalidArgumentError(absl::StrCat("the layer gives ", results_.values.size(),
                                               " results, not ", wanted.size()));
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& y = outputs.at(absl::StrCat("y_", i));
      std::vector<int64_t> shape;
      ReadJson(Member(wanted[i], "shape"), &shape);
      const Dims dims(shape.begin(), shape.end());
      if (y.dims() != dims) {
        return InvalidArgumentError(absl::StrCat("result ", i, " is ", DimsToString(y.dims()),
                                                 ", not ", DimsToString(dims)));
      }
      DAGRAD_RETURN_IF_ERROR(
          ExpectNumbers(absl::StrCat("result ", i), y, Member(wanted[i], "values"), kTolerance));
    }
    return absl::OkStatus();
  }

  absl::Status CheckMasks(const TensorMap& outputs, const Json& expected) const {
    const boost::json::array wanted = ListOf(expected, "masks");
    for (size_t i = 0; i < results_.values.size(); ++i) {
      const auto got = outputs.find(absl::StrCat("mask_of_", i));
      const bool one = i < wanted.size() && !wanted[i].is_null();
      if (one != (got != outputs.end())) {
        return InvalidArgumentError(
            absl::StrCat("result ", i, one ? " has no mask" : " has a mask, unlike Keras's"));
      }
      if (!one) continue;
      DAGRAD_RETURN_IF_ERROR(ExpectNumbers(absl::StrCat("mask ", i), got->second, &wanted[i], 0));
    }
    return absl::OkStatus();
  }

  absl::Status CheckGradients(const TensorMap& outputs, const Json& expected) const {
    for (const char* kind : {"input_gradients", "weight_gradients"}) {
      const boost::json::array wanted = ListOf(expected, kind);
      for (size_t i = 0; i < wanted.size(); ++i) {
        const std::string name = absl::StrCat(kind, " ", i);
        const auto got = outputs.find(name);
        if (wanted[i].is_null()) continue;
        if (got == outputs.end()) return InvalidArgumentError(absl::StrCat("no ", name));
        DAGRAD_RETURN_IF_ERROR(ExpectNumbers(name, got->second, &wanted[i], kTolerance));
      }
    }
    const size_t count = ListOf(expected, "weight_gradients").size();
    if (count == weights_.size()) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("the layer has ", weights_.size(), " weights, not ", count));
  }

  // What the call makes of each weight; null: it stays.
  absl::Status CheckUpdates(const TensorMap& updates, const Json& expected) const {
    const boost::json::array wanted = ListOf(expected, "updates");
    for (size_t i = 0; i < weights_.size(); ++i) {
      const auto got = updates.find(weights_[i].state);
      const bool one = i < wanted.size() && !wanted[i].is_null();
      if (!one && got == updates.end()) continue;
      const std::string what = absl::StrCat("the update of ", weights_[i].state);
      if (!one || got == updates.end())
        return InvalidArgumentError(absl::StrCat(what, one ? " is missing" : " is not Keras's"));
      DAGRAD_RETURN_IF_ERROR(ExpectNumbers(what, got->second, &wanted[i], kTolerance));
    }
    return absl::OkStatus();
  }

  LayerImpl* layer_;
  const Json& golden_;
  GraphBuilder g_{"golden"};
  TensorMap feeds_, weight_values_;
  std::vector<Value> values_, states_, masks_;
  Value attention_mask_;
  std::vector<NamedWeight> weights_;
  keras::LayerOutputs results_{Value()};
  std::vector<Value> loss_of_layer_;
  std::vector<Value> targets_;
  std::vector<std::string> target_names_;
};

}  // namespace

const keras::CustomObjects& GoldenFunctions() {
  static const auto* const objects = new keras::CustomObjects{
      .functions = {
          {"twice_plus_one", [](absl::Span<const Value> x, bool) { return x[0] * 2.0 + 1.0; }}}};
  return *objects;
}

absl::Status CheckLayer(const std::string& class_name, const Json& golden) {
  const Json* const config = Member(golden, "config");
  DAGRAD_ASSIGN_OR_RETURN(
      keras::Layer layer,
      keras::LayerFromConfig(class_name, "layer",
                             config == nullptr ? boost::json::object() : *config,
                             GoldenFunctions()));
  CallOfCase call(layer.operator->(), golden);
  DAGRAD_RETURN_IF_ERROR(call.Build());
  return call.Check();
}

}  // namespace dagrad::keras_parity
