#ifndef DAGRAD_KERAS_LAYERS_CONFIG_H_
#define DAGRAD_KERAS_LAYERS_CONFIG_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/layers/layers.h"
#include "nlohmann/json.hpp"

// The one list of a layer's options, T::Fields(args, visitor), written and read as JSON.
namespace dagrad::keras::layers_internal {

class ConfigWriter {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = ToJson(value);
  }
  nlohmann::json Take() { return std::move(json_); }

 private:
  template <typename T>
  static nlohmann::json ToJson(const T& value) {
    return value;
  }
  static nlohmann::json ToJson(double value) { return NumberToJson(value); }
  static nlohmann::json ToJson(const Initializer& value) { return value.ToJson(); }
  static nlohmann::json ToJson(const Layer& value) {
    return {{"class_name", std::string(value->class_name())},
            {"name", value->name()},
            {"config", value->Config()}};
  }
  static nlohmann::json ToJson(const Size2D& value) { return {value.height, value.width}; }
  static nlohmann::json ToJson(const Padding2D& value) {
    return {{value.top, value.bottom}, {value.left, value.right}};
  }
  static nlohmann::json ToJson(const Dims& value) {
    return std::vector<int64_t>(value.begin(), value.end());
  }
  static nlohmann::json ToJson(const InputShape& value) {
    return ToJson(static_cast<const std::optional<Dims>&>(value));
  }
  template <typename T>
  static nlohmann::json ToJson(const std::optional<T>& value) {
    return value.has_value() ? ToJson(*value) : nlohmann::json();
  }
  nlohmann::json json_ = nlohmann::json::object();
};

// Whether all options of `config` are `known`, or such of Keras's as ask for what dagrad does
// anyway: "data_format": "channels_last", a regularizer that is null. The error names the first
// that is neither.
absl::Status CheckOtherOptions(const nlohmann::json& config, absl::string_view layer_name,
                               const std::vector<std::string>& known);

// A layer within another, as ConfigWriter writes it.
absl::StatusOr<Layer> LayerFromJson(const nlohmann::json& json);

// A key that is missing leaves the default; a value of another kind, and an unknown key, are the
// errors.
class ConfigReader {
 public:
  explicit ConfigReader(const nlohmann::json& json) : json_(json) {
    if (!json.is_object()) status_ = InvalidArgumentError("the options are no JSON object");
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    known_.emplace_back(key);
    if (!status_.ok() || !json_.contains(key)) return;
    if (!Read(json_.at(key), value)) {
      status_ = InvalidArgumentError(
          absl::StrCat("option \"", key, "\" cannot be ", json_.at(key).dump(-1, ' ', true)));
    }
  }
  void operator()(const char* key, Initializer& value) {
    known_.emplace_back(key);
    if (!status_.ok() || !json_.contains(key)) return;
    absl::StatusOr<Initializer> read = Initializer::FromJson(json_.at(key));
    if (read.ok()) value = *std::move(read);
    status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
  }
  void operator()(const char* key, Layer& value) {
    known_.emplace_back(key);
    if (!status_.ok() || !json_.contains(key)) return;
    absl::StatusOr<Layer> read = LayerFromJson(json_.at(key));
    if (read.ok()) value = *std::move(read);
    status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
  }
  // The first error, after all options have been visited.
  absl::Status Finish(absl::string_view layer_name) const {
    return status_.ok() ? CheckOtherOptions(json_, layer_name, known_) : status_;
  }

 private:
  static bool Read(const nlohmann::json& j, bool& v) {
    return j.is_boolean() && (j.get_to(v), true);
  }
  static bool Read(const nlohmann::json& j, int64_t& v) {
    return j.is_number_integer() && (j.get_to(v), true);
  }
  static bool Read(const nlohmann::json& j, double& v) { return NumberFromJson(j, &v); }
  static bool Read(const nlohmann::json& j, std::string& v) {
    return j.is_string() && (j.get_to(v), true);
  }
  static bool Read(const nlohmann::json& j, Dims& v) {
    v.clear();
    if (!j.is_array() || j.size() > kMaxRank) return false;
    for (const nlohmann::json& d : j) {
      if (!d.is_number_integer()) return false;
      v.push_back(d.get<int64_t>());
    }
    return true;
  }
  static bool Read(const nlohmann::json& j, Size2D& v) {
    Dims dims;
    if (!Read(j, dims) || dims.size() != 2) return false;
    v = Size2D(dims[0], dims[1]);
    return true;
  }
  static bool Read(const nlohmann::json& j, Padding2D& v) {
    Size2D height = 0, width = 0;
    if (!j.is_array() || j.size() != 2 || !Read(j[0], height) || !Read(j[1], width)) return false;
    v = Padding2D(height.height, height.width, width.height, width.width);
    return true;
  }
  template <typename T>
  static bool Read(const nlohmann::json& j, std::optional<T>& v) {
    if (j.is_null()) {
      v.reset();
      return true;
    }
    if constexpr (std::is_same_v<T, Size2D>) {
      v = Size2D(1);
    } else {
      v.emplace();
    }
    return Read(j, *v);
  }

  const nlohmann::json& json_;
  std::vector<std::string> known_;
  absl::Status status_;
};

// Base of the layers: T::Args holds all options, T::Fields(args, visitor) lists them, T::kClassName
// names the class.
template <typename T, typename Args>
class ConfiguredLayer : public LayerImpl {
 public:
  ConfiguredLayer(Args args, std::string name, SourceLocation location)
      : LayerImpl(std::move(name), location), args_(std::move(args)) {
    if constexpr (requires { args_.options.input_shape; }) input_shape_ = args_.options.input_shape;
  }
  absl::string_view class_name() const override { return T::kClassName; }
  nlohmann::json Config() const override {
    ConfigWriter writer;
    T::Fields(args_, writer);
    return writer.Take();
  }
  static absl::StatusOr<Layer> FromConfig(const std::string& name, const nlohmann::json& config) {
    Args args;
    ConfigReader reader(config);
    T::Fields(args, reader);
    if (absl::Status s = reader.Finish(name); !s.ok()) return s;
    return Layer(std::make_shared<T>(std::move(args), name, SourceLocation{}));
  }

 protected:
  const Args& args() const { return args_; }

 private:
  Args args_;
};

// Common checks of Build. Messages give the input's type.
inline absl::Status CheckInputCount(absl::Span<const ValueType> inputs, size_t least, size_t most) {
  if (inputs.size() >= least && inputs.size() <= most) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("takes ", least, least == most ? "" : " or more",
                                           least == 1 ? " input" : " inputs", ", ", inputs.size(),
                                           " given"));
}

inline absl::Status CheckOneFloatInput(absl::Span<const ValueType> inputs, int least_rank,
                                       int most_rank) {
  if (absl::Status s = CheckInputCount(inputs, 1, 1); !s.ok()) return s;
  const int rank = inputs[0].shape.rank();
  if (!IsFloating(inputs[0].dtype)) {
    return InvalidArgumentError(absl::StrCat("takes a float input, not ", inputs[0].ToString()));
  }
  if (rank >= least_rank && rank <= most_rank) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("takes an input of rank ",
                                           least_rank == most_rank ? "" : "at least ", least_rank,
                                           " (batch included), not ", inputs[0].ToString()));
}

// The last dimension, which weights depend on, as a number.
inline absl::StatusOr<int64_t> LastDim(const ValueType& input) {
  const Dim d = input.shape.dim(-1);
  if (d.is_known()) return d.value();
  return InvalidArgumentError(absl::StrCat("the last dimension must be a number, not ",
                                           d.ToString(), " of ", input.ToString()));
}

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_CONFIG_H_
