#ifndef DAGRAD_GRAPH_JSON_H_
#define DAGRAD_GRAPH_JSON_H_

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/json_fwd.h"

// JSON that nobody vouches for. Errors are InvalidArgument.
namespace dagrad {

// Lists and objects within each other. Values are parsed, copied and destroyed by recursion, so a
// text that nests deeper is refused before it is parsed. What dagrad itself
// writes stays below that.
inline constexpr int kMaxJsonDepth = 64;

// Of a key that an object has twice, the last value counts. A number too large for a double, and
// text that is no UTF-8, are errors:
//   the text is no JSON at byte 12
absl::StatusOr<Json> ParseJson(absl::string_view text);

struct JsonStyle {
  int indent = -1;        // spaces for each level; negative: all in one line, without spaces
  bool ascii = false;     // characters beyond ASCII, and DEL, as \u escapes
  bool sort_keys = true;  // else as they were added
};
// Doubles have a point or an exponent and the fewest digits that give them back; such as JSON has
// no text for are null. Bytes of a text that are no UTF-8 become U+FFFD. Equal values give equal
// texts where keys are sorted.
std::string JsonText(const Json& json, const JsonStyle& style = {});

// A key or text of `boost::json` as the rest of the library has it.
inline absl::string_view ViewOf(boost::json::string_view text) {
  return absl::string_view(text.data(), text.size());
}

// The list of what `range` holds: numbers, truth values, texts.
template <typename Range>
Json JsonList(const Range& range) {
  return boost::json::array(range.begin(), range.end());
}

// The member `key`; null where `json` is no object, or has none.
const Json* Member(const Json& json, absl::string_view key);

// What `json` holds; false, and `*value` as it was, where it is null or of another kind. An integer
// is a number without point and exponent; any number is a double.
bool ReadJson(const Json* json, bool* value);
bool ReadJson(const Json* json, int64_t* value);
bool ReadJson(const Json* json, double* value);
bool ReadJson(const Json* json, std::string* value);
template <typename T>
bool ReadJson(const Json* json, std::vector<T>* value) {
  if (json == nullptr || !json->is_array()) return false;
  std::vector<T> read;
  for (const Json& item : json->get_array()) {
    if (!ReadJson(&item, &read.emplace_back())) return false;
  }
  *value = std::move(read);
  return true;
}

// `value` as a number or, as JSON has none for these, as the text "inf", "-inf" or "nan".
Json NumberToJson(double value);
// Reads what NumberToJson wrote; false, and `value` as it was, if `json` is something else.
bool NumberFromJson(const Json& json, double* value);

// The error that `key` is none of `known`:
//   has no option "unitz", perhaps "units" was meant; known: activation, units
absl::Status UnknownKey(absl::string_view key, absl::Span<const std::string> known);
// Whether every key of `object`, which is called `what`, is among `known`; else
// "`what` has no option …", for the first that is not.
absl::Status CheckKeys(absl::string_view what, const Json& object,
                       absl::Span<const std::string> known);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_JSON_H_
