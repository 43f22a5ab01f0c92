#include "dagrad/keras/layers/config.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace dagrad::keras::layers_internal {
namespace {

struct KerasOption {
  const char* key;
  nlohmann::json value;
};

// Options of Keras's layers that dagrad's do not have, with the value that says what dagrad does.
const std::vector<KerasOption>& KerasOptions() {
  static const auto* const options = new std::vector<KerasOption>{
      {"attention_axes", nullptr},
      {"autocast", true},
      {"data_format", "channels_last"},
      {"dtype", "float32"},
      {"flash_attention", nullptr},
      {"lora_rank", nullptr},
      {"noise_shape", nullptr},
      {"quantization_config", nullptr},
      {"renorm", false},
      {"rms_scaling", false},
      {"seed", nullptr},
      {"supports_masking", true},
      {"synchronized", false},
      {"trainable", true},
      {"unroll", false},
      {"use_cudnn", "auto"},
      {"zero_output_for_mask", false},
  };
  return *options;
}

// The value that an option of Keras's may have; null for what is no such option.
const nlohmann::json* AcceptedValue(absl::string_view key) {
  static const auto* const none = new nlohmann::json();
  if (absl::EndsWith(key, "_regularizer") || absl::EndsWith(key, "_constraint")) return none;
  for (const KerasOption& o : KerasOptions()) {
    if (key == o.key) return &o.value;
  }
  return nullptr;
}

// A policy of dtypes, as Keras 3 writes it, stands for its name.
nlohmann::json NameOfPolicy(const nlohmann::json& value) {
  if (!value.is_object() || value.value("class_name", nlohmann::json()) != "DTypePolicy")
    return value;
  const nlohmann::json config = value.value("config", nlohmann::json::object());
  return config.is_object() ? config.value("name", nlohmann::json::object()) : config;
}

}  // namespace

absl::Status CheckOtherOptions(const nlohmann::json& config, absl::string_view layer_name,
                               const std::vector<std::string>& known) {
  for (const auto& [key, value] : config.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (key == "name" && value == std::string(layer_name)) continue;
    const nlohmann::json* accepted = AcceptedValue(key);
    if (accepted == nullptr) return UnknownKey(key, known);
    if (value.is_null() || NameOfPolicy(value) == *accepted) continue;
    return UnimplementedError(absl::StrCat("option \"", key, "\" can only be ", accepted->dump(),
                                           ", not ", value.dump(-1, ' ', true)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Layer> LayerFromJson(const nlohmann::json& json) {
  const auto text = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string();
  };
  if (!text("class_name") || !text("name") || !json.contains("config"))
    return InvalidArgumentError("a layer has its class_name, name and config");
  if (absl::Status s = CheckKeys("a layer", json, {"class_name", "name", "config"}); !s.ok())
    return s;
  return LayerFromConfig(json["class_name"].get<std::string>(), json["name"].get<std::string>(),
                         json["config"]);
}

}  // namespace dagrad::keras::layers_internal
