#ifndef DAGRAD_GRAPH_JSON_H_
#define DAGRAD_GRAPH_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"

// JSON that nobody vouches for. Errors are InvalidArgument.
namespace dagrad {

// Lists and objects within each other. Values are copied and destroyed by recursion, so a text that
// nests deeper is refused before it is parsed. dagrad's own descriptions need 8.
inline constexpr int kMaxJsonDepth = 64;

absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text);

// `value` as a number or, as JSON has none for these, as the text "inf", "-inf" or "nan".
nlohmann::json NumberToJson(double value);
// Reads what NumberToJson wrote; false, and `value` as it was, if `json` is something else.
bool NumberFromJson(const nlohmann::json& json, double* value);

// The error that `key` is none of `known`:
//   has no option "unitz", perhaps "units" was meant; known: activation, units
absl::Status UnknownKey(absl::string_view key, absl::Span<const std::string> known);
// Whether every key of `object`, which is called `what`, is among `known`; else
// "`what` has no option …", for the first that is not.
absl::Status CheckKeys(absl::string_view what, const nlohmann::json& object,
                       absl::Span<const std::string> known);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_JSON_H_
