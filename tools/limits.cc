#include "dagrad/tools/limits.h"

#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/name.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

absl::Status Bad(absl::string_view option, absl::string_view what, absl::string_view text) {
  return UsageError(absl::StrCat(option, " takes ", what, ", not \"", Printable(text), "\""));
}

}  // namespace

absl::StatusOr<int64_t> ReadSize(absl::string_view option, absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  absl::string_view rest = lower;
  int shift = 0;
  absl::ConsumeSuffix(&rest, "b");
  absl::ConsumeSuffix(&rest, "i");
  const absl::string_view units = "kmgt";
  if (!rest.empty() && units.find(rest.back()) != units.npos) {
    shift = 10 * (static_cast<int>(units.find(rest.back())) + 1);
    rest.remove_suffix(1);
  }
  int64_t count = 0;
  if (!absl::SimpleAtoi(rest, &count) || count <= 0 ||
      count > std::numeric_limits<int64_t>::max() >> shift) {
    return Bad(option, "a size such as 512M", text);
  }
  return count << shift;
}

absl::StatusOr<std::chrono::nanoseconds> ReadDuration(absl::string_view option,
                                                      absl::string_view text) {
  struct Unit {
    absl::string_view suffix;
    double seconds;
  };
  constexpr Unit kUnits[] = {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"", 1}};
  constexpr double kMaxSeconds = 9e9;  // what nanoseconds of 63 bits hold
  for (const Unit& unit : kUnits) {
    absl::string_view rest = text;
    if (!absl::ConsumeSuffix(&rest, unit.suffix)) continue;
    double count = 0;
    if (!absl::SimpleAtod(rest, &count) || !(count * unit.seconds > 0) ||
        count * unit.seconds > kMaxSeconds) {
      break;
    }
    return std::chrono::nanoseconds(static_cast<int64_t>(count * unit.seconds * 1e9));
  }
  return Bad(option, "a duration such as 10s or 500ms", text);
}

}  // namespace dagrad::tools
