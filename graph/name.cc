#include "dagrad/graph/name.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace {

bool IsControl(uint32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Characters that reorder or break the line that they stand in.
bool ChangesLayout(uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

void AppendPrintable(const CodePoint& c, absl::string_view bytes, std::string* out) {
  if (c.bytes == 0) {
    absl::StrAppendFormat(out, "\\x%02x", static_cast<unsigned char>(bytes[0]));
  } else if (IsControl(c.value)) {
    absl::StrAppendFormat(out, "\\x%02x", c.value);
  } else if (ChangesLayout(c.value)) {
    absl::StrAppendFormat(out, "\\u%04x", c.value);
  } else {
    absl::StrAppend(out, bytes);
  }
}

}  // namespace

CodePoint DecodeUtf8(absl::string_view text) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  uint32_t value = lead & (0xFF >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const unsigned char c = text[i];
    if ((c & 0xC0) != 0x80) return {};
    value = value << 6 | (c & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[bytes] || value > 0x10FFFF || surrogate) return {};
  return {value, bytes};
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    if (c.bytes == 0) return false;
    text.remove_prefix(c.bytes);
  }
  return true;
}

absl::Status ValidateName(absl::string_view what, absl::string_view name) {
  if (name.empty()) return InvalidArgumentError(absl::StrCat(what, " is empty"));
  if (name.size() > kMaxNameBytes) {
    return ResourceExhaustedError(absl::StrCat(what, " \"", Printable(name, 32), "\" has ",
                                               name.size(), " bytes; the limit is ",
                                               kMaxNameBytes));
  }
  if (name.find('\0') != name.npos) {
    return InvalidArgumentError(absl::StrCat(what, " \"", Printable(name), "\" holds a NUL"));
  }
  if (!IsUtf8(name)) {
    return InvalidArgumentError(absl::StrCat(what, " \"", Printable(name), "\" is no UTF-8"));
  }
  return absl::OkStatus();
}

std::string Printable(absl::string_view text, size_t limit) {
  std::string out;
  size_t used = 0;
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    const size_t bytes = c.bytes == 0 ? 1 : c.bytes;
    if (used + bytes > limit) return out + "…";
    used += bytes;
    AppendPrintable(c, text.substr(0, bytes), &out);
    text.remove_prefix(bytes);
  }
  return out;
}

std::string PrintableLines(absl::string_view text) {
  std::string out;
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    absl::StrAppend(&out, Printable(text.substr(0, end), end), "\n");
    text.remove_prefix(end + 1);
  }
  return out + Printable(text, text.size());
}

}  // namespace dagrad
