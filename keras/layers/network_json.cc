#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/layers/network.h"

// Reading a network back from JSON. Nothing in the JSON is trusted.
namespace dagrad::keras {
namespace {

absl::Status Bad(absl::string_view what) {
  return InvalidArgumentError(absl::StrCat("not the description of a model: ", what));
}

const nlohmann::json* Member(const nlohmann::json& json, const char* key) {
  auto it = json.find(key);
  return it == json.end() ? nullptr : &*it;
}

absl::StatusOr<std::string> StringMember(const nlohmann::json& json, const char* key) {
  const nlohmann::json* member = Member(json, key);
  if (member == nullptr || !member->is_string())
    return Bad(absl::StrCat("\"", key, "\" of a layer is no text"));
  return member->get<std::string>();
}

// A whole number in [0, limit).
absl::StatusOr<int> Index(const nlohmann::json& json, size_t limit, const char* what) {
  if (json.is_number_integer() && json.get<int64_t>() >= 0 &&
      json.get<int64_t>() < static_cast<int64_t>(limit)) {
    return json.get<int>();
  }
  return Bad(absl::StrCat(what, " has an index that is out of range"));
}

// [[call, port], …], or of version 1 [call, …].
absl::StatusOr<std::vector<KerasTensor>> Results(const nlohmann::json* json,
                                                 const std::vector<KerasTensor>& calls,
                                                 const char* what) {
  if (json == nullptr || !json->is_array()) return Bad(absl::StrCat(what, " is no list"));
  std::vector<KerasTensor> results;
  for (const nlohmann::json& item : *json) {
    const bool pair = item.is_array() && item.size() == 2;
    DAGRAD_ASSIGN_OR_RETURN(const int call, Index(pair ? item[0] : item, calls.size(), what));
    if (!pair) {
      results.push_back(calls[call]);
      continue;
    }
    const int count = std::max(calls[call].num_results(), 1);  // of a failed call, its error
    DAGRAD_ASSIGN_OR_RETURN(const int port, Index(item[1], count, what));
    results.push_back(calls[call][port]);
  }
  return results;
}

absl::StatusOr<KerasTensor> MakeInput(const std::string& name, const nlohmann::json& config) {
  const nlohmann::json* shape = Member(config, "shape");
  const nlohmann::json* dtype = Member(config, "dtype");
  if (shape == nullptr || !shape->is_array() || dtype == nullptr || !dtype->is_string()) {
    return Bad("an input has no shape or no dtype");
  }
  DAGRAD_RETURN_IF_ERROR(
      CheckKeys(absl::StrCat("input \"", name, "\""), config, {"shape", "dtype"}));
  InputOptions options{.name = name};
  DAGRAD_ASSIGN_OR_RETURN(options.dtype, ParseDType(dtype->get<std::string>()));
  Dims dims;
  for (const nlohmann::json& d : *shape) {
    if (!d.is_number_integer()) return Bad("an input's shape has no numbers");
    dims.push_back(d.get<int64_t>());
  }
  return Input(dims, options);
}

void Locate(const nlohmann::json& json, LayerImpl* layer) {
  std::string file;
  const SourceLocation location = ReadLocation(json, &file);
  if (location.line > 0) layer->set_location(std::move(file), location.line);
}

// One for the layer and all within, or one for each of them.
absl::Status ReadTrainable(const nlohmann::json* json, LayerImpl* layer) {
  if (json == nullptr) return absl::OkStatus();
  if (json->is_boolean()) {
    layer->set_trainable(json->get<bool>());
    return absl::OkStatus();
  }
  std::vector<bool> flags;
  for (const nlohmann::json& flag : *json) {
    if (!flag.is_boolean()) return Bad("\"trainable\" of a layer is neither true nor false");
    flags.push_back(flag.get<bool>());
  }
  if (json->is_array() && layer->SetTrainableFlags(flags)) return absl::OkStatus();
  return Bad("\"trainable\" of a layer is no list of as many as it has layers within");
}

struct LayerEntry {
  std::string class_name;
  std::string name;
  nlohmann::json config;
  nlohmann::json item;           // all of it
  std::unique_ptr<Layer> layer;  // null for an input
};

absl::StatusOr<std::vector<LayerEntry>> ReadLayers(const nlohmann::json* json) {
  if (json == nullptr || !json->is_array()) return Bad("\"layers\" is no list");
  std::vector<LayerEntry> entries;
  for (const nlohmann::json& item : *json) {
    if (!item.is_object()) return Bad("a layer is no object");
    DAGRAD_RETURN_IF_ERROR(
        CheckKeys("a layer", item,
                  {"class_name", "name", "trainable", "source_file", "source_line", "config"}));
    LayerEntry entry{.item = item};
    DAGRAD_ASSIGN_OR_RETURN(entry.class_name, StringMember(item, "class_name"));
    DAGRAD_ASSIGN_OR_RETURN(entry.name, StringMember(item, "name"));
    const nlohmann::json* config = Member(item, "config");
    if (config != nullptr) entry.config = *config;
    if (entry.class_name != "InputLayer") {
      DAGRAD_ASSIGN_OR_RETURN(Layer layer,
                              LayerFromConfig(entry.class_name, entry.name, entry.config));
      DAGRAD_RETURN_IF_ERROR(ReadTrainable(Member(item, "trainable"), &*layer));
      Locate(item, &*layer);
      entry.layer = std::make_unique<Layer>(std::move(layer));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

SourceLocation ReadLocation(const nlohmann::json& json, std::string* file) {
  const nlohmann::json* path = Member(json, "source_file");
  const nlohmann::json* line = Member(json, "source_line");
  if (path == nullptr || !path->is_string() || line == nullptr || !line->is_number_integer())
    return {};
  *file = path->get<std::string>();
  return {file->c_str(), line->get<int>()};
}

absl::StatusOr<Network> Network::FromJson(const nlohmann::json& json) {
  if (!json.is_object()) return Bad("it is no JSON object");
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the network", json, {"layers", "calls", "inputs", "outputs"}));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<LayerEntry> layers, ReadLayers(Member(json, "layers")));
  const nlohmann::json* calls = Member(json, "calls");
  if (calls == nullptr || !calls->is_array()) return Bad("\"calls\" is no list");
  std::vector<KerasTensor> tensors;
  for (const nlohmann::json& call : *calls) {
    if (!call.is_object()) return Bad("a call is no object");
    DAGRAD_RETURN_IF_ERROR(CheckKeys("a call", call, {"layer", "inbound", "initial_state"}));
    DAGRAD_ASSIGN_OR_RETURN(
        const int layer, Index(call.value("layer", nlohmann::json()), layers.size(), "\"layer\""));
    DAGRAD_ASSIGN_OR_RETURN(std::vector<KerasTensor> inbound,
                            Results(Member(call, "inbound"), tensors, "\"inbound\""));
    CallArgs args;
    if (const nlohmann::json* state = Member(call, "initial_state"); state != nullptr) {
      DAGRAD_ASSIGN_OR_RETURN(args.initial_state, Results(state, tensors, "\"initial_state\""));
    }
    const LayerEntry& entry = layers[layer];
    if (entry.layer == nullptr) {
      DAGRAD_ASSIGN_OR_RETURN(KerasTensor input, MakeInput(entry.name, entry.config));
      Locate(entry.item, input.call()->layer.get());
      tensors.push_back(std::move(input));
      continue;
    }
    tensors.push_back((*entry.layer)(inbound, std::move(args)));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<KerasTensor> inputs,
                          Results(Member(json, "inputs"), tensors, "\"inputs\""));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<KerasTensor> outputs,
                          Results(Member(json, "outputs"), tensors, "\"outputs\""));
  return Make(inputs, outputs);
}

}  // namespace dagrad::keras
