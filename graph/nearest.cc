#include "dagrad/graph/nearest.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dagrad {
namespace {

// Names are compared by their beginnings: a hostile one must not cost the square of its length.
constexpr size_t kMostCompared = 64;

// The distance of Damerau and Levenshtein in its restricted form: no part is edited twice.
size_t Edits(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string Nearest(absl::string_view name, absl::Span<const std::string> known) {
  const std::string wanted = absl::AsciiStrToLower(name.substr(0, kMostCompared));
  std::string nearest;
  size_t fewest = kMostCompared;
  for (const std::string& candidate : known) {
    const std::string lower = absl::AsciiStrToLower(candidate.substr(0, kMostCompared));
    const size_t edits = Edits(wanted, lower);
    if (edits >= fewest || 3 * edits > std::max(wanted.size(), lower.size())) continue;
    fewest = edits;
    nearest = candidate;
  }
  return nearest;
}

std::string PerhapsOf(absl::string_view name, absl::Span<const std::string> known) {
  const std::string nearest = Nearest(name, known);
  return absl::StrCat(nearest.empty() ? "" : absl::StrCat(", perhaps \"", nearest, "\" was meant"),
                      known.empty() ? "; there is none" : "; known: ", absl::StrJoin(known, ", "));
}

}  // namespace dagrad
