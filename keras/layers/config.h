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

// The one list of a layer's options, T::Fields(args, visitor), written and read as JSON.
namespace dagrad::keras::layers_internal {

class ConfigWriter {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = ToJson(value);
  }
  Json Take() { return std::move(json_); }

 private:
  template <typename T>
  static Json ToJson(const T& value) {
    return Json(value);
  }
  static Json ToJson(double value) { return NumberToJson(value); }
  static Json ToJson(const Initializer& value) { return value.ToJson(); }
  template <typename Object>
  static Json ToJson(const ObjectOption<Object>& value) {
    return value.ToJson();
  }
  static Json ToJson(const Layer& value) {
    boost::json::object json = {{"class_name", std::string(value->class_name())},
                                {"name", value->name()},
                                {"config", value->Config()}};
    if (value->ignores_mask()) json["ignores_mask"] = true;
    return json;
  }
  static Json ToJson(const Size2D& value) { return {value.height, value.width}; }
  static Json ToJson(const Numbers& value) {
    return value.values.size() == 1 ? NumberToJson(value.values[0]) : ToJson(value.values);
  }
  static Json ToJson(const Axes& value) {
    return value.values.size() == 1 ? Json(value.values[0]) : ToJson(value.values);
  }
  static Json ToJson(const Factor& value) { return {value.lower, value.upper}; }
  static Json ToJson(const DotAxes& value) { return {value.first, value.second}; }
  static Json ToJson(const Size3D& value) { return {value.depth, value.height, value.width}; }
  static Json ToJson(const Padding3D& value) {
    return {ToJson(value.depth), ToJson(value.height), ToJson(value.width)};
  }
  static Json ToJson(const std::vector<int64_t>& value) { return JsonList(value); }
  static Json ToJson(const std::vector<double>& value) {
    boost::json::array list;
    for (double v : value) list.push_back(NumberToJson(v));
    return list;
  }
  static Json ToJson(const std::vector<std::string>& value) { return JsonList(value); }
  static Json ToJson(const std::vector<Layer>& value) {
    boost::json::array list;
    for (const Layer& layer : value) list.push_back(ToJson(layer));
    return list;
  }
  static Json ToJson(const Padding1D& value) { return {value.before, value.after}; }
  static Json ToJson(const Padding2D& value) {
    return {{value.top, value.bottom}, {value.left, value.right}};
  }
  static Json ToJson(const Dims& value) { return JsonList(value); }
  static Json ToJson(const NoiseShape& value);
  static Json ToJson(const InputShape& value) {
    return ToJson(static_cast<const std::optional<Dims>&>(value));
  }
  template <typename T>
  static Json ToJson(const std::optional<T>& value) {
    return value.has_value() ? ToJson(*value) : Json();
  }
  boost::json::object json_;
};

// Whether all options of `config` are `known`, or such of Keras's as ask for what dagrad does
// anyway: "data_format": "channels_last", a regularizer that is null. The error names the first
// that is neither.
absl::Status CheckOtherOptions(const Json& config, absl::string_view layer_name,
                               const std::vector<std::string>& known);

// The classes of a kind that the program has of its own.
const std::vector<InitializerClass>& OwnClasses(const CustomObjects& custom, InitializerImpl*);
const std::vector<RegularizerClass>& OwnClasses(const CustomObjects& custom, RegularizerImpl*);
const std::vector<ConstraintClass>& OwnClasses(const CustomObjects& custom, ConstraintImpl*);

// A layer within another, as ConfigWriter writes it.
absl::StatusOr<Layer> LayerFromJson(const Json& json, const CustomObjects& custom);

// A key that is missing leaves the default; a value of another kind, and an unknown key, are the
// errors.
class ConfigReader {
 public:
  ConfigReader(const Json& json, const CustomObjects& custom) : json_(json), custom_(custom) {
    if (!json.is_object()) status_ = InvalidArgumentError("the options are no JSON object");
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    const Json* const json = Find(key);
    if (json == nullptr || Read(*json, value)) return;
    status_ = InvalidArgumentError(
        absl::StrCat("option \"", key, "\" cannot be ", JsonText(*json, {.ascii = true})));
  }
  void operator()(const char* key, Initializer& value) {
    const Json* const json = Find(key);
    if (json == nullptr) return;
    absl::StatusOr<Initializer> read =
        Initializer::FromJson(*json, OwnClasses(custom_, static_cast<InitializerImpl*>(nullptr)));
    if (read.ok()) value = *std::move(read);
    status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
  }
  template <typename Object>
  void operator()(const char* key, ObjectOption<Object>& value) {
    const Json* const json = Find(key);
    if (json == nullptr) return;
    absl::StatusOr<ObjectOption<Object>> read =
        ObjectOption<Object>::FromJson(*json, OwnClasses(custom_, static_cast<Object*>(nullptr)));
    if (read.ok()) value = *std::move(read);
    status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
  }
  void operator()(const char* key, Layer& value) {
    const Json* const json = Find(key);
    if (json == nullptr) return;
    absl::StatusOr<Layer> read = LayerFromJson(*json, custom_);
    if (read.ok()) value = *std::move(read);
    status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
  }
  void operator()(const char* key, std::vector<Layer>& value) {
    const Json* const json = Find(key);
    if (json == nullptr) return;
    const boost::json::array* const list = json->if_array();
    if (list == nullptr) {
      status_ = InvalidArgumentError(absl::StrCat("option \"", key, "\" is no list of layers"));
      return;
    }
    for (const Json& each : *list) {
      absl::StatusOr<Layer> read = LayerFromJson(each, custom_);
      if (read.ok()) value.push_back(*std::move(read));
      status_.Update(Prefixed(absl::StrCat("option \"", key, "\""), read.status()));
    }
  }
  // The first error, after all options have been visited.
  absl::Status Finish(absl::string_view layer_name) const {
    return status_.ok() ? CheckOtherOptions(json_, layer_name, known_) : status_;
  }

 private:
  // Null where it is missing, and behind the first error.
  const Json* Find(const char* key) {
    known_.emplace_back(key);
    return status_.ok() ? Member(json_, key) : nullptr;
  }
  static bool Read(const Json& j, bool& v) { return ReadJson(&j, &v); }
  static bool Read(const Json& j, int64_t& v) { return ReadJson(&j, &v); }
  static bool Read(const Json& j, std::string& v) { return ReadJson(&j, &v); }
  static bool Read(const Json& j, double& v) { return NumberFromJson(j, &v); }
  static bool Read(const Json& j, std::vector<int64_t>& v) { return ReadJson(&j, &v); }
  static bool Read(const Json& j, std::vector<std::string>& v) { return ReadJson(&j, &v); }
  static bool Read(const Json& j, std::vector<double>& v) {
    const boost::json::array* const list = j.if_array();
    if (list == nullptr) return false;
    v.assign(list->size(), 0);
    for (size_t i = 0; i < v.size(); ++i) {
      if (!NumberFromJson((*list)[i], &v[i])) return false;
    }
    return true;
  }
  static bool Read(const Json& j, Dims& v) {
    std::vector<int64_t> dims;
    if (!ReadJson(&j, &dims) || dims.size() > kMaxRank) return false;
    v.assign(dims.begin(), dims.end());
    return true;
  }
  static bool Read(const Json& j, NoiseShape& v);
  static bool Read(const Json& j, Size2D& v) {
    Dims dims;
    if (!Read(j, dims) || dims.size() != 2) return false;
    v = Size2D(dims[0], dims[1]);
    return true;
  }
  static bool Read(const Json& j, Numbers& v) {
    v.values.assign(1, 0);
    return NumberFromJson(j, &v.values[0]) || Read(j, v.values);
  }
  static bool Read(const Json& j, Axes& v) {
    v.values.assign(1, 0);
    return ReadJson(&j, &v.values[0]) || Read(j, v.values);
  }
  static bool Read(const Json& j, Factor& v) {
    Numbers n = 0;
    if (!Read(j, n) || n.values.empty() || n.values.size() > 2) return false;
    v = n.values.size() == 1 ? Factor(n.values[0]) : Factor(n.values[0], n.values[1]);
    return true;
  }
  static bool Read(const Json& j, DotAxes& v) {  // Keras writes one number as such
    int64_t both = 0;
    Dims dims;
    if (ReadJson(&j, &both)) {
      dims = {both, both};
    } else if (!Read(j, dims) || dims.size() != 2) {
      return false;
    }
    v = DotAxes(dims[0], dims[1]);
    return true;
  }
  static bool Read(const Json& j, Size3D& v) {
    Dims dims;
    if (!Read(j, dims) || dims.size() != 3) return false;
    v = Size3D(dims[0], dims[1], dims[2]);
    return true;
  }
  static bool Read(const Json& j, Padding3D& v) {
    const boost::json::array* const all = j.if_array();
    return all != nullptr && all->size() == 3 && Read((*all)[0], v.depth) &&
           Read((*all)[1], v.height) && Read((*all)[2], v.width);
  }
  static bool Read(const Json& j, Padding1D& v) {
    Dims dims;
    if (!Read(j, dims) || dims.size() != 2) return false;
    v = Padding1D(dims[0], dims[1]);
    return true;
  }
  static bool Read(const Json& j, Padding2D& v) {
    Size2D height = 0, width = 0;
    const boost::json::array* const both = j.if_array();
    if (both == nullptr || both->size() != 2 || !Read((*both)[0], height) ||
        !Read((*both)[1], width)) {
      return false;
    }
    v = Padding2D(height.height, height.width, width.height, width.width);
    return true;
  }
  template <typename T>
  static bool Read(const Json& j, std::optional<T>& v) {
    if (j.is_null()) {
      v.reset();
      return true;
    }
    if constexpr (!std::is_default_constructible_v<T>) {
      v = T(1);
    } else {
      v.emplace();
    }
    return Read(j, *v);
  }

  const Json& json_;
  const CustomObjects& custom_;
  std::vector<std::string> known_;
  absl::Status status_;
};

// Makes options those of another layer of the same kind: layers among them become copies.
class ConfigCopier {
 public:
  explicit ConfigCopier(LayerImpl::BoolOptions options) : options_(options) {}
  template <typename T>
  void operator()(const char*, T&) {}
  void operator()(const char* key, bool& value) {
    for (const auto& [name, given] : options_) {
      if (name == key) value = given;
    }
  }
  void operator()(const char*, Layer& value) {
    std::shared_ptr<LayerImpl> copy = value->CopyAlike(value->name(), {});
    if (copy == nullptr) ok_ = false;
    if (copy != nullptr) value = Layer(std::move(copy));
  }
  void operator()(const char* key, std::vector<Layer>& value) {
    for (Layer& layer : value) (*this)(key, layer);
  }
  bool ok() const { return ok_; }

 private:
  LayerImpl::BoolOptions options_;
  bool ok_ = true;
};

// Base of the layers: T::Args holds all options, T::Fields(args, visitor) lists them, T::kClassName
// names the class.
template <typename T, typename Args, typename Base = LayerImpl>
class ConfiguredLayer : public Base {
 public:
  ConfiguredLayer(Args args, std::string name, SourceLocation location)
      : Base(std::move(name), location), args_(std::move(args)) {
    if constexpr (requires { args_.options.input_shape; })
      this->input_shape_ = args_.options.input_shape;
    if constexpr (requires { args_.layer; }) {
      if (!this->MayHold(*args_.layer)) args_.layer = Layer(nullptr);
    }
  }
  absl::string_view class_name() const override { return T::kClassName; }
  const Regularizer& activity_regularizer() const override {
    if constexpr (requires { args_.options.activity_regularizer; }) {
      return args_.options.activity_regularizer;
    } else {
      return Base::activity_regularizer();
    }
  }
  Json Config() const override {
    ConfigWriter writer;
    T::Fields(args_, writer);
    return writer.Take();
  }
  std::shared_ptr<LayerImpl> Copy(std::string name, LayerImpl::BoolOptions options) const override {
    Args args = args_;
    ConfigCopier copier(options);
    T::Fields(args, copier);
    if (!copier.ok()) return nullptr;
    return std::make_shared<T>(std::move(args), std::move(name), SourceLocation{});
  }
  static absl::StatusOr<Layer> FromConfig(const std::string& name, const Json& config,
                                          const CustomObjects& custom) {
    Args args;
    ConfigReader reader(config, custom);
    T::Fields(args, reader);
    if (absl::Status s = reader.Finish(name); !s.ok()) return s;
    return Layer(std::make_shared<T>(std::move(args), name, SourceLocation{}));
  }

 protected:
  const Args& args() const { return args_; }

 private:
  Args args_;
};

template <typename T, typename Args>
Layer MakeLayer(Args args, SourceLocation location) {
  std::string name = args.options.name;
  return Layer(std::make_shared<T>(std::move(args), std::move(name), location));
}

// Common checks of Build. Messages give the input's type.
absl::Status CheckInputCount(absl::Span<const ValueType> inputs, size_t least, size_t most);
absl::Status CheckOneFloatInput(absl::Span<const ValueType> inputs, int least_rank, int most_rank);
// Or of integers or bools, which Call computes with AsFloats.
absl::Status CheckOneNumberInput(absl::Span<const ValueType> inputs, int least_rank, int most_rank);
// The last dimension, which weights depend on, as a number.
absl::StatusOr<int64_t> LastDim(const ValueType& input);
absl::Status CheckLastAxis(int64_t axis, const ValueType& input);

// What is computed of numbers of `dtype` is of: float32 of integers and bools, as in Keras.
inline DType FloatOf(DType dtype) { return IsFloating(dtype) ? dtype : DType::kFloat32; }
Value AsFloats(Value x);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_CONFIG_H_
