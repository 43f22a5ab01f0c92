// Fitted encoders as JSON:
//   {"features": [{"column": "Age", "encoding": "number", "fill": "constant", "value": 29.5,
//                  "text": "", "categories": []}]}
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr const char* kEncodings[] = {"number", "one_hot", "ordinal"};  // by CsvEncoding
// By CsvFill. Fitting makes constants of the others.
constexpr const char* kFills[] = {"refuse", "keep", "constant"};

// Where `json` stands in `names`; false, if nowhere.
template <typename Enum, size_t n>
bool ReadName(const Json* json, const char* const (&names)[n], Enum* value) {
  std::string text;
  if (!ReadJson(json, &text)) return false;
  const auto at = std::find(std::begin(names), std::end(names), text);
  if (at == std::end(names)) return false;
  *value = static_cast<Enum>(at - std::begin(names));
  return true;
}

Json FeatureToJson(const CsvFeature& f) {
  Json json = boost::json::object();
  boost::json::object& o = json.get_object();
  o["column"] = f.column;
  o["encoding"] = kEncodings[static_cast<size_t>(f.encoding)];
  o["fill"] = kFills[static_cast<size_t>(f.fill)];
  o["value"] = NumberToJson(f.value);
  o["text"] = f.text;
  o["categories"] = JsonList(f.categories);
  return json;
}

absl::Status CheckCategories(const CsvFeature& f, size_t limit) {
  if (f.encoding == CsvEncoding::kNumber ? !f.categories.empty() : f.categories.size() > limit) {
    return InvalidArgumentError(absl::StrCat("column \"", Printable(f.column), "\" has ",
                                             f.categories.size(), " categories; the limit is ",
                                             f.encoding == CsvEncoding::kNumber ? 0 : limit));
  }
  HashSet<std::string> seen;
  for (const std::string& c : f.categories) {
    if (!seen.insert(c).second) {
      return InvalidArgumentError(absl::StrCat("column \"", Printable(f.column),
                                               "\" has the category \"", Printable(c), "\" twice"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CsvFeature> FeatureFromJson(const Json& json, size_t max_categories) {
  DAGRAD_RETURN_IF_ERROR(
      CheckKeys("a feature of an encoder", json,
                {{"column", "encoding", "fill", "value", "text", "categories"}}));
  CsvFeature f;
  const Json* value = Member(json, "value");
  const bool read = ReadJson(Member(json, "column"), &f.column) &&
                    ReadName(Member(json, "encoding"), kEncodings, &f.encoding) &&
                    ReadName(Member(json, "fill"), kFills, &f.fill) && value != nullptr &&
                    NumberFromJson(*value, &f.value) && ReadJson(Member(json, "text"), &f.text) &&
                    ReadJson(Member(json, "categories"), &f.categories);
  if (!read) {
    return InvalidArgumentError(
        "a feature of an encoder has column, text and categories (texts), encoding (number, "
        "one_hot, ordinal), fill (refuse, keep, constant) and value (a number)");
  }
  DAGRAD_RETURN_IF_ERROR(CheckCategories(f, max_categories));
  return f;
}

}  // namespace

Json CsvEncoder::ToJson() const {
  boost::json::array features;
  for (const CsvFeature& f : features_) features.push_back(FeatureToJson(f));
  Json json = boost::json::object();
  json.get_object()["features"] = std::move(features);
  return json;
}

absl::StatusOr<CsvEncoder> CsvEncoder::FromJson(const Json& json) {
  DAGRAD_RETURN_IF_ERROR(CheckKeys("an encoder", json, {{"features"}}));
  const Json* list = Member(json, "features");
  if (list == nullptr || !list->is_array())
    return InvalidArgumentError("an encoder has a list of features");
  std::vector<CsvFeature> features;
  for (const Json& item : list->get_array()) {
    DAGRAD_ASSIGN_OR_RETURN(features.emplace_back(), FeatureFromJson(item, kMaxCategories));
  }
  CsvEncoder encoder;
  encoder.SetFitted(std::move(features));
  return encoder;
}

absl::Status CsvEncoder::Save(const std::string& path) const try {
  return WriteFile(path, absl::StrCat(JsonText(ToJson(), {.indent = 2}), "\n"));
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<CsvEncoder> CsvEncoder::Load(const std::string& path) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return Prefixed(Printable(path, 1024), json.status());
  absl::StatusOr<CsvEncoder> encoder = FromJson(*json);
  if (encoder.ok()) return encoder;
  return Prefixed(Printable(path, 1024), encoder.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
