#include "dagrad/graph/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"

namespace dagrad {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::pair<const char*, double> kNamed[] = {
    {"inf", kInfinity}, {"-inf", -kInfinity}, {"nan", std::numeric_limits<double>::quiet_NaN()}};

}  // namespace

const Json* Member(const Json& json, absl::string_view key) {
  const boost::json::object* const object = json.if_object();
  return object == nullptr ? nullptr : object->if_contains({key.data(), key.size()});
}

bool ReadJson(const Json* json, bool* value) {
  if (json == nullptr || !json->is_bool()) return false;
  *value = json->get_bool();
  return true;
}

bool ReadJson(const Json* json, int64_t* value) {
  if (json == nullptr || !json->is_int64()) return false;
  *value = json->get_int64();
  return true;
}

bool ReadJson(const Json* json, double* value) {
  if (json == nullptr || !json->is_number()) return false;
  *value = json->is_double()  ? json->get_double()
           : json->is_int64() ? static_cast<double>(json->get_int64())
                              : static_cast<double>(json->get_uint64());
  return true;
}

bool ReadJson(const Json* json, std::string* value) {
  if (json == nullptr || !json->is_string()) return false;
  const absl::string_view text = ViewOf(json->get_string());
  value->assign(text.data(), text.size());
  return true;
}

Json NumberToJson(double value) {
  for (const auto& [name, number] : kNamed) {
    if (value == number || (std::isnan(value) && std::isnan(number))) return name;
  }
  return value;
}

bool NumberFromJson(const Json& json, double* value) {
  for (const auto& [name, number] : kNamed) {
    if (!json.is_string() || json.get_string() != name) continue;
    *value = number;
    return true;
  }
  return ReadJson(&json, value);
}

absl::Status UnknownKey(absl::string_view key, absl::Span<const std::string> known) {
  return InvalidArgumentError(absl::StrCat("has no option \"", key, "\"", PerhapsOf(key, known)));
}

absl::Status CheckKeys(absl::string_view what, const Json& object,
                       absl::Span<const std::string> known) {
  if (!object.is_object()) return absl::OkStatus();
  for (const auto& member : object.get_object()) {
    const absl::string_view key = ViewOf(member.key());
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return InvalidArgumentError(absl::StrCat(what, " ", UnknownKey(key, known).message()));
  }
  return absl::OkStatus();
}

}  // namespace dagrad
