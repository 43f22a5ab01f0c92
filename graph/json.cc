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

// The most lists and objects that are open at once. Brackets in texts are no brackets.
int Depth(absl::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text) {
  if (const int depth = Depth(text); depth > kMaxJsonDepth) {
    return InvalidArgumentError(absl::StrCat("the JSON nests lists and objects ", depth,
                                             " deep; the limit is ", kMaxJsonDepth));
  }
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgumentError("the text is no JSON");
  return json;
}

nlohmann::json NumberToJson(double value) {
  for (const auto& [name, number] : kNamed) {
    if (value == number || (std::isnan(value) && std::isnan(number))) return name;
  }
  return value;
}

bool NumberFromJson(const nlohmann::json& json, double* value) {
  if (json.is_number()) {
    *value = json.get<double>();
    return true;
  }
  for (const auto& [name, number] : kNamed) {
    if (json != name) continue;
    *value = number;
    return true;
  }
  return false;
}

absl::Status UnknownKey(absl::string_view key, absl::Span<const std::string> known) {
  return InvalidArgumentError(absl::StrCat("has no option \"", key, "\"", PerhapsOf(key, known)));
}

absl::Status CheckKeys(absl::string_view what, const nlohmann::json& object,
                       absl::Span<const std::string> known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return InvalidArgumentError(absl::StrCat(what, " ", UnknownKey(key, known).message()));
  }
  return absl::OkStatus();
}

}  // namespace dagrad
