#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"

namespace dagrad {
namespace {

// 0.0001 to 999999999999999.9 without an exponent.
void AppendDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    *out += "null";
    return;
  }
  const double size = std::abs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e15);
  char digits[64];
  char* const end = std::to_chars(digits, digits + sizeof(digits), value,
                                  fixed ? std::chars_format::fixed : std::chars_format::scientific)
                        .ptr;
  out->append(digits, end);
  if (fixed && std::find(digits, end, '.') == end) *out += ".0";
}

void AppendEscape(uint32_t c, std::string* out) {
  if (c >= 0x10000) {  // as UTF-16
    absl::StrAppendFormat(out, "\\u%04x", 0xD800 + ((c - 0x10000) >> 10));
    c = 0xDC00 + (c & 0x3FF);
  }
  absl::StrAppendFormat(out, "\\u%04x", c);
}

// `bytes` are those of `c`.
void AppendCharacter(uint32_t c, absl::string_view bytes, bool ascii, std::string* out) {
  constexpr std::pair<char, const char*> kShort[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\b', "\\b"},
                                                     {'\f', "\\f"}, {'\n', "\\n"},  {'\r', "\\r"},
                                                     {'\t', "\\t"}};
  for (const auto& [character, escape] : kShort) {
    if (bytes[0] == character) return absl::StrAppend(out, escape);
  }
  if (c < 0x20 || (ascii && c >= 0x7F)) return AppendEscape(c, out);
  absl::StrAppend(out, bytes);
}

void AppendText(absl::string_view text, bool ascii, std::string* out) {
  *out += '"';
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    if (c.bytes == 0) {
      AppendCharacter(0xFFFD, "\uFFFD", ascii, out);
    } else {
      AppendCharacter(c.value, text.substr(0, c.bytes), ascii, out);
    }
    text.remove_prefix(std::max<size_t>(c.bytes, 1));
  }
  *out += '"';
}

class Writer {
 public:
  explicit Writer(const JsonStyle& style) : style_(style) {}
  void Write(const Json& json, int depth) {
    switch (json.kind()) {
      case boost::json::kind::null:
        out_ += "null";
        return;
      case boost::json::kind::bool_:
        out_ += json.get_bool() ? "true" : "false";
        return;
      case boost::json::kind::int64:
        return absl::StrAppend(&out_, json.get_int64());
      case boost::json::kind::uint64:
        return absl::StrAppend(&out_, json.get_uint64());
      case boost::json::kind::double_:
        return AppendDouble(json.get_double(), &out_);
      case boost::json::kind::string:
        return AppendText(ViewOf(json.get_string()), style_.ascii, &out_);
      case boost::json::kind::array:
        return WriteAll("[]", json.get_array(), depth,
                        [&](const Json& item) { Write(item, depth + 1); });
      case boost::json::kind::object:
        return WriteAll("{}", Members(json.get_object()), depth, [&](const auto* member) {
          AppendText(ViewOf(member->key()), style_.ascii, &out_);
          out_ += style_.indent < 0 ? ":" : ": ";
          Write(member->value(), depth + 1);
        });
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  using MemberPointers = std::vector<const boost::json::key_value_pair*>;
  MemberPointers Members(const boost::json::object& object) const {
    MemberPointers members;
    for (const auto& member : object) members.push_back(&member);
    if (style_.sort_keys) {
      std::sort(members.begin(), members.end(),
                [](const auto* a, const auto* b) { return a->key() < b->key(); });
    }
    return members;
  }
  template <typename List, typename F>
  void WriteAll(const char* brackets, const List& list, int depth, const F& write) {
    out_ += brackets[0];
    bool first = true;
    for (const auto& item : list) {
      if (!first) out_ += ',';
      first = false;
      NewLine(depth + 1);
      write(item);
    }
    if (!first) NewLine(depth);
    out_ += brackets[1];
  }
  void NewLine(int depth) {
    if (style_.indent < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(depth) * style_.indent, ' ');
  }

  const JsonStyle style_;
  std::string out_;
};

}  // namespace

std::string JsonText(const Json& json, const JsonStyle& style) {
  Writer writer(style);
  writer.Write(json, 0);
  return writer.Take();
}

}  // namespace dagrad
