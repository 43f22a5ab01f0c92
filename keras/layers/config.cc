#include "dagrad/keras/layers/config.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/keras/models/custom_objects.h"
#include "dagrad/ops/elementwise/cast/cast.h"

namespace dagrad::keras::layers_internal {
namespace {

struct KerasOption {
  const char* key;
  Json value;
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
      {"quantization_config", nullptr},
      {"renorm", false},
      {"rms_scaling", false},
      {"seed", nullptr},
      {"supports_masking", true},
      {"synchronized", false},
      {"trainable", true},
      {"unroll", false},
      {"use_cudnn", "auto"},
  };
  return *options;
}

// The value that an option of Keras's may have; null for what is no such option.
const Json* AcceptedValue(absl::string_view key) {
  static const auto* const none = new Json();
  if (absl::EndsWith(key, "_regularizer") || absl::EndsWith(key, "_constraint")) return none;
  for (const KerasOption& o : KerasOptions()) {
    if (key == o.key) return &o.value;
  }
  return nullptr;
}

// A policy of dtypes, as Keras 3 writes it, stands for its name.
const Json& NameOfPolicy(const Json& value) {
  const Json* const class_name = Member(value, "class_name");
  if (class_name == nullptr || *class_name != "DTypePolicy") return value;
  const Json* const config = Member(value, "config");
  const Json* const name = config == nullptr ? nullptr : Member(*config, "name");
  return name == nullptr ? value : *name;
}

}  // namespace

// Keras's None, here kNone, is null.
Json ConfigWriter::ToJson(const NoiseShape& value) {
  if (!value.has_value()) return nullptr;
  boost::json::array list;
  for (const int64_t size : *value) list.push_back(size == kNone ? Json() : Json(size));
  return list;
}

bool ConfigReader::Read(const Json& j, NoiseShape& v) {
  v.reset();
  if (j.is_null()) return true;
  const boost::json::array* const list = j.if_array();
  if (list == nullptr || list->size() > kMaxRank) return false;
  v.emplace();
  for (const Json& each : *list) {
    int64_t size = kNone;
    if (!each.is_null() && !ReadJson(&each, &size)) return false;
    v->push_back(size);
  }
  return true;
}

absl::Status CheckOtherOptions(const Json& config, absl::string_view layer_name,
                               const std::vector<std::string>& known) {
  for (const auto& member : config.get_object()) {
    const absl::string_view key = ViewOf(member.key());
    const Json& value = member.value();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (key == "name" && value == Json(std::string(layer_name))) continue;
    const Json* accepted = AcceptedValue(key);
    if (accepted == nullptr) return UnknownKey(key, known);
    if (value.is_null() || NameOfPolicy(value) == *accepted) continue;
    return UnimplementedError(absl::StrCat("option \"", key, "\" can only be ", JsonText(*accepted),
                                           ", not ", JsonText(value, {.ascii = true})));
  }
  return absl::OkStatus();
}

const std::vector<InitializerClass>& OwnClasses(const CustomObjects& custom, InitializerImpl*) {
  return custom.initializers;
}
const std::vector<RegularizerClass>& OwnClasses(const CustomObjects& custom, RegularizerImpl*) {
  return custom.regularizers;
}
const std::vector<ConstraintClass>& OwnClasses(const CustomObjects& custom, ConstraintImpl*) {
  return custom.constraints;
}

absl::StatusOr<Layer> LayerFromJson(const Json& json, const CustomObjects& custom) {
  std::string class_name;
  std::string name;
  const Json* const config = Member(json, "config");
  if (!ReadJson(Member(json, "class_name"), &class_name) ||
      !ReadJson(Member(json, "name"), &name) || config == nullptr)
    return InvalidArgumentError("a layer has its class_name, name and config");
  if (absl::Status s = CheckKeys("a layer", json, {"class_name", "name", "config", "ignores_mask"});
      !s.ok())
    return s;
  bool ignores_mask = false;
  const Json* const ignores = Member(json, "ignores_mask");
  if (ignores != nullptr && !ReadJson(ignores, &ignores_mask))
    return InvalidArgumentError("\"ignores_mask\" is neither true nor false");
  absl::StatusOr<Layer> layer = LayerFromConfig(class_name, name, *config, custom);
  if (layer.ok()) (*layer)->set_ignores_mask(ignores_mask);
  return layer;
}

absl::Status CheckInputCount(absl::Span<const ValueType> inputs, size_t least, size_t most) {
  if (inputs.size() >= least && inputs.size() <= most) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("takes ", least, least == most ? "" : " or more",
                                           most == 1 ? " input, " : " inputs, ", inputs.size(),
                                           " given"));
}

absl::Status CheckOneFloatInput(absl::Span<const ValueType> inputs, int least_rank, int most_rank) {
  if (inputs.size() == 1 && !IsFloating(inputs[0].dtype))
    return InvalidArgumentError(absl::StrCat("takes a float input, not ", inputs[0].ToString()));
  return CheckOneNumberInput(inputs, least_rank, most_rank);
}

absl::Status CheckOneNumberInput(absl::Span<const ValueType> inputs, int least_rank,
                                 int most_rank) {
  if (absl::Status s = CheckInputCount(inputs, 1, 1); !s.ok()) return s;
  if (!kAnyType.Contains(inputs[0].dtype))
    return InvalidArgumentError(absl::StrCat("takes numbers, not ", inputs[0].ToString()));
  const int rank = inputs[0].shape.rank();
  if (rank >= least_rank && rank <= most_rank) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("takes an input of rank ",
                                           least_rank == most_rank ? "" : "at least ", least_rank,
                                           " (batch included), not ", inputs[0].ToString()));
}

absl::StatusOr<int64_t> LastDim(const ValueType& input) {
  const Dim d = input.shape.dim(-1);
  if (d.is_known()) return d.value();
  return InvalidArgumentError(absl::StrCat("the last dimension must be a number, not ",
                                           d.ToString(), " of ", input.ToString()));
}

absl::Status CheckLastAxis(int64_t axis, const ValueType& input) {
  if (axis == -1 || axis == input.shape.rank() - 1) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("axis must be the last one of ", input.ToString(), ", not ", axis));
}

Value AsFloats(Value x) { return x.valid() ? InDType(x, FloatOf(x.dtype())) : x; }

}  // namespace dagrad::keras::layers_internal
