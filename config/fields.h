#ifndef DAGRAD_CONFIG_FIELDS_H_
#define DAGRAD_CONFIG_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"

// The one list of an object's options, a function
//   template <typename Options, typename Visitor> void Fields(Options& options, Visitor& visit) {
//     visit("delta", options.delta);
//   }
// written and read as JSON. An option is a truth value, an int64, a double, a text, what has
// ToJson() and a static FromJson(json), a vector of these, or one that may be absent (null).
namespace dagrad {

class FieldWriter {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = ToJson(value);
  }
  Json Take() { return std::move(json_); }

 private:
  static Json ToJson(bool value) { return value; }
  static Json ToJson(int64_t value) { return value; }
  static Json ToJson(double value) { return NumberToJson(value); }
  static Json ToJson(const std::string& value) { return Json(value); }
  template <typename T>
  static Json ToJson(const std::optional<T>& value) {
    return value.has_value() ? ToJson(*value) : Json();
  }
  template <typename T>
  static Json ToJson(const std::vector<T>& values) {
    boost::json::array list;
    for (const T& value : values) list.push_back(ToJson(value));
    return list;
  }
  template <typename T>
  requires requires(const T& value) { value.ToJson(); }
  static Json ToJson(const T& value) { return value.ToJson(); }

  boost::json::object json_;
};

// A key that is missing leaves the default; a value of another kind, and a key that no option has,
// are errors.
class FieldReader {
 public:
  // `others`: keys that are not options, and are read elsewhere.
  explicit FieldReader(const Json& json, std::vector<std::string> others = {})
      : json_(json), known_(std::move(others)) {
    if (!json.is_object()) status_ = InvalidArgumentError("the options are no JSON object");
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    known_.emplace_back(key);
    const Json* const json = status_.ok() ? Member(json_, key) : nullptr;
    if (json == nullptr) return;
    absl::StatusOr<T> read = Read<T>(*json);
    if (read.ok()) {
      value = *std::move(read);
    } else if (read.status().message().empty()) {
      status_ = InvalidArgumentError(
          absl::StrCat("option \"", key, "\" cannot be ", JsonText(*json, {.ascii = true})));
    } else {
      status_ = Prefixed(absl::StrCat("option \"", key, "\""), read.status());
    }
  }

  // The first error, after all options have been visited; `what` has them: "a loss".
  absl::Status Finish(absl::string_view what) const {
    return status_.ok() ? CheckKeys(what, json_, known_) : status_;
  }

 private:
  template <typename T>
  struct IsList : std::false_type {};
  template <typename T>
  struct IsList<std::vector<T>> : std::true_type {};
  template <typename T>
  struct IsOptional : std::false_type {};
  template <typename T>
  struct IsOptional<std::optional<T>> : std::true_type {};

  // An error without message: `json` is of another kind.
  static absl::Status OtherKind() { return InvalidArgumentError(""); }

  template <typename T>
  static absl::StatusOr<T> Read(const Json& json) {
    if constexpr (IsOptional<T>::value) {
      if (json.is_null()) return T();
      absl::StatusOr<typename T::value_type> read = Read<typename T::value_type>(json);
      if (!read.ok()) return read.status();
      return T(*std::move(read));
    } else if constexpr (IsList<T>::value) {
      if (!json.is_array()) return OtherKind();
      T list;
      for (const Json& item : json.get_array()) {
        absl::StatusOr<typename T::value_type> read = Read<typename T::value_type>(item);
        if (!read.ok()) return read.status();
        list.push_back(*std::move(read));
      }
      return list;
    } else if constexpr (requires { T::FromJson(json); }) {
      return T::FromJson(json);
    } else {
      T value{};
      bool good = false;
      if constexpr (std::is_same_v<T, double>) {
        good = NumberFromJson(json, &value);
      } else {
        good = ReadJson(&json, &value);
      }
      if (!good) return OtherKind();
      return value;
    }
  }

  const Json& json_;
  std::vector<std::string> known_;
  absl::Status status_;
};

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_FIELDS_H_
