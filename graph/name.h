#ifndef DAGRAD_GRAPH_NAME_H_
#define DAGRAD_GRAPH_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dagrad {

inline constexpr size_t kMaxNameBytes = 1024;

// A character of a text in UTF-8.
struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: malformed
};
// The first one of `text`, which is not empty; what is malformed is said at IsUtf8.
CodePoint DecodeUtf8(absl::string_view text);

// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms, up
// to U+10FFFF).
bool IsUtf8(absl::string_view text);

// OK for what nodes, states, functions, inputs and outputs may be called: 1 to kMaxNameBytes bytes
// of UTF-8 without NUL. InvalidArgument otherwise (ResourceExhausted if too long), which begins
// with `what`: "node name is empty".
absl::Status ValidateName(absl::string_view what, absl::string_view name);

// `text` for a message or a terminal: control characters and bytes that are no UTF-8 as "\x1b",
// characters that change the direction of writing or break the line as "\u202e", and at most
// `limit` bytes of it followed by "…".
std::string Printable(absl::string_view text, size_t limit = 128);

// The same for a text of several lines, which stay, without a limit.
std::string PrintableLines(absl::string_view text);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_NAME_H_
