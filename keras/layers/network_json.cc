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

absl::StatusOr<std::string> StringMember(const Json& json, const char* key) {
  std::string text;
  if (ReadJson(Member(json, key), &text)) return text;
  return Bad(absl::StrCat("\"", key, "\" of a layer is no text"));
}

// A whole number in [0, limit).
absl::StatusOr<int> Index(const Json* json, size_t limit, const char* what) {
  int64_t index = 0;
  if (ReadJson(json, &index) && index >= 0 && index < static_cast<int64_t>(limit))
    return static_cast<int>(index);
  return Bad(absl::StrCat(what, " has an index that is out of range"));
}

// [[call, port], …], or of version 1 [call, …].
absl::StatusOr<std::vector<KerasTensor>> Results(const Json* json,
                                                 const std::vector<KerasTensor>& calls,
                                                 const char* what) {
  if (json == nullptr || !json->is_array()) return Bad(absl::StrCat(what, " is no list"));
  std::vector<KerasTensor> results;
  for (const Json& item : json->get_array()) {
    const boost::json::array* const pair = item.if_array();
    const bool is_pair = pair != nullptr && pair->size() == 2;
    DAGRAD_ASSIGN_OR_RETURN(const int call,
                            Index(is_pair ? &(*pair)[0] : &item, calls.size(), what));
    if (!is_pair) {
      results.push_back(calls[call]);
      continue;
    }
    const int count = std::max(calls[call].num_results(), 1);  // of a failed call, its error
    DAGRAD_ASSIGN_OR_RETURN(const int port, Index(&(*pair)[1], count, what));
    results.push_back(calls[call][port]);
  }
  return results;
}

// Whether `json` is true; false if it is missing.
absl::StatusOr<bool> Flag(const Json* json, const char* what) {
  bool flag = false;
  if (json == nullptr || ReadJson(json, &flag)) return flag;
  return Bad(absl::StrCat("\"", what, "\" is neither true nor false"));
}

absl::StatusOr<CallArgs> ReadArgs(const Json& call, const std::vector<KerasTensor>& calls) {
  CallArgs args;
  if (const Json* const state = Member(call, "initial_state")) {
    DAGRAD_ASSIGN_OR_RETURN(args.initial_state, Results(state, calls, "\"initial_state\""));
  }
  if (const Json* const mask = Member(call, "attention_mask")) {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<KerasTensor> masks,
                            Results(mask, calls, "\"attention_mask\""));
    if (masks.size() != 1) return Bad("\"attention_mask\" is not one tensor");
    args.attention_mask = masks[0];
  }
  DAGRAD_ASSIGN_OR_RETURN(args.use_causal_mask,
                          Flag(Member(call, "use_causal_mask"), "use_causal_mask"));
  return args;
}

absl::StatusOr<KerasTensor> MakeInput(const std::string& name, const Json& config) {
  std::vector<int64_t> shape;
  std::string dtype;
  if (!ReadJson(Member(config, "shape"), &shape) || !ReadJson(Member(config, "dtype"), &dtype))
    return Bad("an input has no shape of numbers, or no dtype");
  DAGRAD_RETURN_IF_ERROR(CheckKeys(absl::StrCat("input \"", name, "\""), config,
                                   {"shape", "dtype", "batch_size", "sizes"}));
  InputOptions options{.name = name};
  if (const Json* const size = Member(config, "batch_size")) {
    if (!ReadJson(size, &options.batch_size.emplace())) return Bad("\"batch_size\" is no number");
  }
  if (const Json* const sizes = Member(config, "sizes")) {
    if (!ReadJson(sizes, &options.sizes)) return Bad("\"sizes\" is no list of names");
  }
  DAGRAD_ASSIGN_OR_RETURN(options.dtype, ParseDType(dtype));
  return Input(Dims(shape.begin(), shape.end()), options);
}

void Locate(const Json& json, LayerImpl* layer) {
  std::string file;
  const SourceLocation location = ReadLocation(json, &file);
  if (location.line > 0) layer->set_location(std::move(file), location.line);
}

// One for the layer and all within, or one for each of them.
absl::Status ReadTrainable(const Json* json, LayerImpl* layer) {
  bool one = true;
  if (json == nullptr) return absl::OkStatus();
  if (ReadJson(json, &one)) {
    layer->set_trainable(one);
    return absl::OkStatus();
  }
  if (!json->is_array()) return Bad("\"trainable\" of a layer is neither true nor false");
  std::vector<bool> flags;
  for (const Json& item : json->get_array()) {
    bool flag = true;
    if (!ReadJson(&item, &flag)) return Bad("\"trainable\" of a layer is neither true nor false");
    flags.push_back(flag);
  }
  if (layer->SetTrainableFlags(flags)) return absl::OkStatus();
  return Bad("\"trainable\" of a layer is no list of as many as it has layers within");
}

struct LayerEntry {
  std::string class_name;
  std::string name;
  const Json* config;
  const Json* item;              // all of it
  std::unique_ptr<Layer> layer;  // null for an input
};

absl::StatusOr<std::vector<LayerEntry>> ReadLayers(const Json* json, const CustomObjects& custom) {
  if (json == nullptr || !json->is_array()) return Bad("\"layers\" is no list");
  static const Json* const none = new Json();
  std::vector<LayerEntry> entries;
  for (const Json& item : json->get_array()) {
    if (!item.is_object()) return Bad("a layer is no object");
    DAGRAD_RETURN_IF_ERROR(CheckKeys("a layer", item,
                                     {"class_name", "name", "trainable", "source_file",
                                      "source_line", "config", "ignores_mask"}));
    LayerEntry entry{.config = none, .item = &item};
    DAGRAD_ASSIGN_OR_RETURN(entry.class_name, StringMember(item, "class_name"));
    DAGRAD_ASSIGN_OR_RETURN(entry.name, StringMember(item, "name"));
    if (const Json* const config = Member(item, "config")) entry.config = config;
    if (entry.class_name != "InputLayer") {
      DAGRAD_ASSIGN_OR_RETURN(Layer layer,
                              LayerFromConfig(entry.class_name, entry.name, *entry.config, custom));
      DAGRAD_RETURN_IF_ERROR(ReadTrainable(Member(item, "trainable"), &*layer));
      DAGRAD_ASSIGN_OR_RETURN(const bool ignores_mask,
                              Flag(Member(item, "ignores_mask"), "ignores_mask"));
      layer->set_ignores_mask(ignores_mask);
      Locate(item, &*layer);
      entry.layer = std::make_unique<Layer>(std::move(layer));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

SourceLocation ReadLocation(const Json& json, std::string* file) {
  int64_t line = 0;
  if (!ReadJson(Member(json, "source_line"), &line) ||
      !ReadJson(Member(json, "source_file"), file)) {
    return {};
  }
  return {file->c_str(), static_cast<int>(line)};
}

absl::StatusOr<Network> Network::FromJson(const Json& json, const CustomObjects& custom) {
  if (!json.is_object()) return Bad("it is no JSON object");
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the network", json, {"layers", "calls", "inputs", "outputs"}));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<LayerEntry> layers,
                          ReadLayers(Member(json, "layers"), custom));
  const Json* calls = Member(json, "calls");
  if (calls == nullptr || !calls->is_array()) return Bad("\"calls\" is no list");
  std::vector<KerasTensor> tensors;
  for (const Json& call : calls->get_array()) {
    if (!call.is_object()) return Bad("a call is no object");
    DAGRAD_RETURN_IF_ERROR(
        CheckKeys("a call", call,
                  {"layer", "inbound", "initial_state", "attention_mask", "use_causal_mask"}));
    DAGRAD_ASSIGN_OR_RETURN(const int layer,
                            Index(Member(call, "layer"), layers.size(), "\"layer\""));
    DAGRAD_ASSIGN_OR_RETURN(std::vector<KerasTensor> inbound,
                            Results(Member(call, "inbound"), tensors, "\"inbound\""));
    DAGRAD_ASSIGN_OR_RETURN(CallArgs args, ReadArgs(call, tensors));
    const LayerEntry& entry = layers[layer];
    if (entry.layer == nullptr) {
      DAGRAD_ASSIGN_OR_RETURN(KerasTensor input, MakeInput(entry.name, *entry.config));
      Locate(*entry.item, input.call()->layer.get());
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
