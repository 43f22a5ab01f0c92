#ifndef DAGRAD_OPS_STRINGS_STRING_CASE_CHANGE_CASE_H_
#define DAGRAD_OPS_STRINGS_STRING_CASE_CHANGE_CASE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace dagrad::ops {

enum class LetterCase { kLower, kUpper };

// `text` with each of its code points in lower or upper case, one for one ("ß" becomes "ẞ", not
// "SS"); the same in every locale. Bytes that are no UTF-8 stay as they are. Writes to
// `out`, unless that is null, and gives the number of bytes.
size_t ChangeCase(absl::string_view text, LetterCase to, char* out);
std::string ChangeCase(absl::string_view text, LetterCase to);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_STRINGS_STRING_CASE_CHANGE_CASE_H_
