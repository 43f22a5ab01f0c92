#include "dagrad/keras/layers/network.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/layer_order.h"
#include "dagrad/keras/layers/unique_names.h"
#include "dagrad/ops/creation/constant/constant.h"

namespace dagrad::keras {
namespace {

// Every call that `outputs` reach, oldest first, without recursion.
std::vector<std::shared_ptr<const LayerCall>> Reachable(const std::vector<KerasTensor>& outputs) {
  std::vector<std::shared_ptr<const LayerCall>> stack;
  std::set<const LayerCall*> seen;
  std::vector<std::shared_ptr<const LayerCall>> calls;
  auto push = [&](const KerasTensor& t) {
    if (t.call() != nullptr && seen.insert(t.call().get()).second) stack.push_back(t.call());
  };
  for (const KerasTensor& t : outputs) push(t);
  while (!stack.empty()) {
    std::shared_ptr<const LayerCall> call = std::move(stack.back());
    stack.pop_back();
    for (const KerasTensor& t : call->AllInputs()) push(t);
    calls.push_back(std::move(call));
  }
  std::sort(calls.begin(), calls.end(),
            [](const auto& a, const auto& b) { return a->serial < b->serial; });
  return calls;
}

bool IsInput(const LayerImpl& layer) { return layer.class_name() == "InputLayer"; }

}  // namespace

absl::StatusOr<Network> Network::Make(const std::vector<KerasTensor>& inputs,
                                      const std::vector<KerasTensor>& outputs) {
  Network network;
  if (inputs.empty() || outputs.empty())
    return InvalidArgumentError("a model needs inputs and outputs");
  std::map<const LayerCall*, int> index;
  std::set<const LayerImpl*> seen;
  // Inputs are part of the model even when no output needs them.
  std::vector<KerasTensor> roots = outputs;
  roots.insert(roots.end(), inputs.begin(), inputs.end());
  for (const KerasTensor& t : roots) {
    if (t.call() == nullptr)
      return InvalidArgumentError("a model's input or output is an empty tensor");
    DAGRAD_RETURN_IF_ERROR(t.status());
  }
  const auto refs = [&](const std::vector<KerasTensor>& tensors) {
    std::vector<Ref> list;
    for (const KerasTensor& t : tensors) list.push_back({index.at(t.call().get()), t.port()});
    return list;
  };
  for (const auto& call : Reachable(roots)) {
    const CallArgs& args = call->args;
    Call c{.layer = call->layer,
           .inputs = refs(call->inputs),
           .initial_state = refs(args.initial_state),
           .use_causal_mask = args.use_causal_mask,
           .types = call->types};
    if (args.attention_mask.call() != nullptr) c.attention_mask = refs({args.attention_mask});
    const int id = static_cast<int>(network.calls_.size());
    index.emplace(call.get(), id);
    if (seen.insert(c.layer.get()).second) network.called_.push_back(c.layer);
    network.calls_.push_back(std::move(c));
  }
  for (const KerasTensor& t : inputs) {
    if (!IsInput(*t.call()->layer)) {
      return InvalidArgumentError(absl::StrCat(
          "a model's input must come from Input(), not from a ", t.call()->layer->class_name()));
    }
    network.inputs_.push_back(index.at(t.call().get()));
  }
  network.outputs_ = refs(outputs);
  network.layers_ = layers_internal::LayersByDepth(network.calls_, network.outputs_);
  DAGRAD_RETURN_IF_ERROR(network.NameLayers());
  for (size_t i = 0; i < network.calls_.size(); ++i) {
    const int id = static_cast<int>(i);
    if (IsInput(*network.calls_[i].layer) &&
        std::find(network.inputs_.begin(), network.inputs_.end(), id) == network.inputs_.end()) {
      return InvalidArgumentError(absl::StrCat("the outputs need input \"",
                                               network.LayerName(*network.calls_[i].layer),
                                               "\", which is not among the model's"));
    }
  }
  for (const auto& layer : network.layers_) {
    if (layer->name().empty()) layer->SetNameByModel(network.LayerName(*layer));
  }
  return network;
}

absl::Status Network::NameLayers() {
  UniqueNames taken;
  std::vector<std::shared_ptr<LayerImpl>> made = called_;
  std::sort(made.begin(), made.end(),
            [](const auto& a, const auto& b) { return a->serial() < b->serial(); });
  for (const auto& layer : called_) {
    if (layer->name().empty() || layer->named_by_model()) continue;
    if (!taken.Take(layer->name())) {
      return InvalidArgumentError(absl::StrCat("two layers are named \"", layer->name(), "\""));
    }
    names_[layer.get()] = layer->name();
  }
  for (const auto& layer : called_) {
    if (layer->named_by_model() && taken.Take(layer->name())) names_[layer.get()] = layer->name();
  }
  for (const auto& layer : made) {
    if (names_.contains(layer.get())) continue;
    names_[layer.get()] = taken.Add(SnakeCase(layer->class_name()));
  }
  std::set<const LayerImpl*> seen;
  for (const auto& layer : layers_) {
    Place(layer, -1, &seen);
    layer->AddNames(LayerName(*layer), &names_);
  }
  UniqueNames outputs;
  for (const Ref& r : outputs_)
    output_names_.push_back(outputs.Add(LayerName(*calls_[r.call].layer)));
  return CheckStateNames();
}

void Network::Place(const std::shared_ptr<LayerImpl>& layer, int within,
                    std::set<const LayerImpl*>* seen) {
  if (!seen->insert(layer.get()).second) {
    placed_twice_ = layer->name();
    return;
  }
  const int place = static_cast<int>(placed_.size());
  placed_.push_back({layer, within});
  for (const LayerImpl::Sublayer& s : layer->sublayers()) Place(s.layer, place, seen);
}

absl::Status Network::CheckSaveable() const {
  if (placed_twice_.empty()) return absl::OkStatus();
  return UnimplementedError(
      absl::StrCat("layer \"", placed_twice_,
                   "\" is part of two layers, or of one and of the model itself: a model that "
                   "shares layers in this way cannot be saved"));
}

absl::Status Network::CheckStateNames() const {
  UniqueNames taken;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (taken.Take(InputName(i))) continue;
    return InvalidArgumentError(absl::StrCat("the input \"", InputName(i), "\" is given twice"));
  }
  for (const StateDecl& s : StateDecls()) {
    if (taken.Take(s.name)) continue;
    return InvalidArgumentError(absl::StrCat(
        "two weights, or a weight and an input, would be named \"", s.name, "\": rename a layer"));
  }
  return absl::OkStatus();
}

std::vector<Value> Network::AddInputs(CallContext& context) const {
  std::vector<Value> inputs;
  for (int i : inputs_) inputs.push_back(calls_[i].layer->Call(context, {}).values[0]);
  return inputs;
}

absl::StatusOr<Network::Built> Network::Build(GraphBuilder* builder, bool training,
                                              int64_t* streams) const {
  CallContext context = Context(builder, training, streams);
  // Inputs first: nodes make room for their names, not they for those of nodes.
  const std::vector<Value> inputs = AddInputs(context);
  DAGRAD_RETURN_IF_ERROR(builder->status());
  DAGRAD_ASSIGN_OR_RETURN(LayerOutputs outputs, CallLayers(context, {inputs}));
  context.Finish();
  DAGRAD_RETURN_IF_ERROR(builder->status());
  return Built{std::move(outputs.values), *std::move(outputs.masks), context.losses()};
}

namespace {

// Whether a value of this type can be what is `expected`; symbols may stand for anything.
bool CanBe(const ValueType& type, const ValueType& expected) {
  if (type.dtype != expected.dtype || type.shape.rank() != expected.shape.rank()) return false;
  for (int a = 0; a < type.shape.rank(); ++a) {
    const Dim d = type.shape.dim(a), e = expected.shape.dim(a);
    if (d.is_known() && e.is_known() && !(d == e)) return false;
  }
  return true;
}

// A model's results have the types of the first call, which is one of training.
absl::Status CheckResults(const std::vector<Value>& results, const std::vector<ValueType>& first) {
  if (results.size() != first.size()) {
    return InvalidArgumentError(absl::StrCat("gave ", first.size(),
                                             " values when it was called first, and ",
                                             results.size(), " in the model"));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    if (CanBe(results[i].type(), first[i])) continue;
    return InvalidArgumentError(absl::StrCat("gave ", first[i].ToString(),
                                             " when it was called first, and ",
                                             results[i].type().ToString(), " in the model"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LayerOutputs> Network::CallLayers(CallContext& context,
                                                 const LayerInputs& inputs) const {
  std::vector<LayerOutputs> results(calls_.size(), LayerOutputs(std::vector<Value>()));
  for (size_t i = 0; i < inputs.size(); ++i)
    results[inputs_[i]] = LayerOutputs({inputs[i]}, {inputs.mask(i)});
  const auto at = [&](const std::vector<Ref>& refs) {
    std::vector<Value> list;
    for (const Ref& r : refs) list.push_back(results[r.call].values[r.port]);
    return list;
  };
  const auto masks_at = [&](const std::vector<Ref>& refs) {
    std::vector<Value> list;
    for (const Ref& r : refs) list.push_back(results[r.call].mask(r.port));
    return list;
  };
  for (size_t i = 0; i < calls_.size(); ++i) {
    const LayerImpl& layer = *calls_[i].layer;
    if (IsInput(layer)) continue;
    const std::vector<Value> given = at(calls_[i].inputs), masks = masks_at(calls_[i].inputs),
                             state = at(calls_[i].initial_state),
                             attention_mask = at(calls_[i].attention_mask);
    results[i] = context.CallLayer(
        layer, {given, state, masks, attention_mask.empty() ? Value() : attention_mask[0],
                calls_[i].use_causal_mask});
    DAGRAD_RETURN_IF_ERROR(context.builder()->status());
    DAGRAD_RETURN_IF_ERROR(
        Prefixed(absl::StrCat("layer \"", LayerName(layer), "\" (", layer.class_name(), ")"),
                 CheckResults(results[i].values, calls_[i].types)));
  }
  return LayerOutputs(at(outputs_), masks_at(outputs_));
}

std::vector<StateDecl> Network::StateDecls() const { return Decls(/*carried=*/true, nullptr); }

std::vector<StateDecl> Network::WeightDecls(const std::set<const LayerImpl*>* of) const {
  return Decls(/*carried=*/false, of);
}

std::vector<StateDecl> Network::Decls(bool carried, const std::set<const LayerImpl*>* of) const {
  std::vector<StateDecl> states;
  std::vector<bool> trainable;  // by place
  for (const Placed& p : placed_) {
    trainable.push_back(p.layer->trainable() && (p.within < 0 || trainable[p.within]));
    if (of != nullptr && !of->contains(p.layer.get())) continue;
    for (const Weight& w : p.layer->weights()) {
      if (w.carried && !carried) continue;
      states.push_back({StateName(*p.layer, w),
                        {w.dtype, Shape(absl::MakeConstSpan(w.dims))},
                        w.trainable && trainable.back(),
                        ""});
    }
  }
  return states;
}

absl::StatusOr<Function> Network::PredictFunction() const {
  GraphBuilder builder("predict");
  int64_t streams = 0;
  DAGRAD_ASSIGN_OR_RETURN(const Built built, Build(&builder, /*training=*/false, &streams));
  for (size_t i = 0; i < built.outputs.size(); ++i) builder.Output(OutputName(i), built.outputs[i]);
  return builder.Build();
}

absl::StatusOr<Function> Network::InitializeFunction(const std::vector<Filled>& others) const {
  GraphBuilder builder("initialize");
  Value key = builder.Input("key", DType::kInt64, {2}, layers_[0]->location());
  int64_t stream = 0;
  for (const auto& [layer, within] : placed_) {
    GraphBuilder::Scope scope(&builder, LayerName(*layer));
    GraphBuilder::LocatedAt located(&builder, layer->location());
    for (const Weight& w : layer->weights()) {
      builder.Update(StateName(*layer, w), w.initializer.Build(key, stream++, w.dtype, w.dims));
    }
  }
  GraphBuilder::LocatedAt located(&builder, layers_[0]->location());
  for (const auto& [decl, value] : others)
    builder.Update(decl.name, Full(&builder, decl.type.dtype, decl.type.shape, value));
  return builder.Build();
}

namespace {

// Of all alike one, else a list.
Json TrainableToJson(const LayerImpl& layer) {
  const std::vector<bool> flags = layer.TrainableFlags();
  if (std::count(flags.begin(), flags.end(), flags[0]) == static_cast<int64_t>(flags.size()))
    return static_cast<bool>(flags[0]);
  return JsonList(flags);
}

Json RefsToJson(const std::vector<Network::Ref>& refs) {
  boost::json::array json;
  for (const Network::Ref& r : refs) json.push_back({r.call, r.port});
  return json;
}

}  // namespace

Json Network::ToJson() const {
  std::map<const LayerImpl*, int> layer_index;
  boost::json::array layers;
  for (const auto& layer : called_) {
    layer_index.emplace(layer.get(), static_cast<int>(layer_index.size()));
    boost::json::object item = {
        {"class_name", std::string(layer->class_name())}, {"name", LayerName(*layer)},
        {"trainable", TrainableToJson(*layer)},           {"source_file", layer->location().file},
        {"source_line", layer->location().line},          {"config", layer->Config()}};
    if (layer->ignores_mask()) item["ignores_mask"] = true;
    layers.push_back(std::move(item));
  }
  boost::json::array calls;
  for (const Call& call : calls_) {
    boost::json::object item = {{"layer", layer_index.at(call.layer.get())},
                                {"inbound", RefsToJson(call.inputs)}};
    if (!call.initial_state.empty()) item["initial_state"] = RefsToJson(call.initial_state);
    if (!call.attention_mask.empty()) item["attention_mask"] = RefsToJson(call.attention_mask);
    if (call.use_causal_mask) item["use_causal_mask"] = true;
    calls.push_back(std::move(item));
  }
  return {{"layers", std::move(layers)},
          {"calls", std::move(calls)},
          {"inputs", JsonList(inputs_)},
          {"outputs", RefsToJson(outputs_)}};
}

}  // namespace dagrad::keras
