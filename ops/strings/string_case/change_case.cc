#include "dagrad/ops/strings/string_case/change_case.h"

#include <algorithm>

#include "utf8proc.h"

namespace dagrad::ops {

size_t ChangeCase(absl::string_view text, LetterCase to, char* out) {
  size_t written = 0;
  const auto write = [&](const void* bytes, size_t n) {
    if (out != nullptr) std::copy_n(static_cast<const char*>(bytes), n, out + written);
    written += n;
  };
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    // No code point is longer than four bytes, and the library's sizes are signed.
    const auto left = static_cast<utf8proc_ssize_t>(std::min<size_t>(text.size() - at, 4));
    utf8proc_int32_t letter = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, left, &letter);
    if (length <= 0 || letter < 0) {
      write(bytes + at, 1);
      ++at;
      continue;
    }
    const utf8proc_int32_t changed =
        to == LetterCase::kLower ? utf8proc_tolower(letter) : utf8proc_toupper(letter);
    utf8proc_uint8_t encoded[4];
    write(encoded, static_cast<size_t>(utf8proc_encode_char(changed, encoded)));
    at += static_cast<size_t>(length);
  }
  return written;
}

std::string ChangeCase(absl::string_view text, LetterCase to) {
  std::string result(ChangeCase(text, to, nullptr), '\0');
  ChangeCase(text, to, result.data());
  return result;
}

}  // namespace dagrad::ops
