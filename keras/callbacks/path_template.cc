#include "dagrad/keras/callbacks/path_template.h"

#include <charconv>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::keras::callbacks_internal {
namespace {

constexpr int kMostDigits = 99;

// [0][width][.precision][type]
struct Format {
  bool zeros = false;
  int width = 0;
  int precision = -1;
  char type = 0;
};

// The number at the front of `text`, which it leaves; false if it is too large.
bool TakeNumber(absl::string_view* text, int* number) {
  size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) ++digits;
  if (digits > 0 && !absl::SimpleAtoi(text->substr(0, digits), number)) return false;
  text->remove_prefix(digits);
  return *number <= kMostDigits;
}

bool ParseFormat(absl::string_view text, Format* format) {
  format->zeros = absl::ConsumePrefix(&text, "0");
  if (!TakeNumber(&text, &format->width)) return false;
  if (absl::ConsumePrefix(&text, ".")) {
    if (text.empty() || !absl::ascii_isdigit(text[0])) return false;
    format->precision = 0;
    if (!TakeNumber(&text, &format->precision)) return false;
  }
  if (!text.empty() && absl::StrContains("dfeg", text[0])) {
    format->type = text[0];
    text.remove_prefix(1);
  }
  return text.empty();
}

std::string Shortest(double value) {
  if (std::isnan(value)) return "nan";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string FormatDouble(double value, const Format& f) {
  const int precision = f.precision < 0 ? 6 : f.precision;
  if (f.type == 'f') return absl::StrFormat("%.*f", precision, value);
  if (f.type == 'e') return absl::StrFormat("%.*e", precision, value);
  if (f.type == 'g' || f.precision >= 0) return absl::StrFormat("%.*g", precision, value);
  return Shortest(value);
}

absl::StatusOr<std::string> FormatNumber(const NamedNumber& number, absl::string_view text) {
  Format f;
  const bool integer = std::holds_alternative<int64_t>(number.value);
  if (!ParseFormat(text, &f) || (f.type == 'd' && !integer) ||
      (integer && f.precision >= 0 && (f.type == 0 || f.type == 'd'))) {
    return InvalidArgumentError(absl::StrCat("\"", number.name, "\" has no format \"", text,
                                             "\"; one is [0][width][.precision] and d, f, e or g"));
  }
  std::string digits;
  if (integer && (f.type == 0 || f.type == 'd')) {
    digits = absl::StrCat(std::get<int64_t>(number.value));
  } else {
    digits = FormatDouble(integer ? static_cast<double>(std::get<int64_t>(number.value))
                                  : std::get<double>(number.value),
                          f);
  }
  const auto width = static_cast<size_t>(f.width);
  if (digits.size() >= width) return digits;
  const size_t sign = f.zeros && digits[0] == '-' ? 1 : 0;
  digits.insert(sign, width - digits.size(), f.zeros ? '0' : ' ');
  return digits;
}

absl::StatusOr<std::string> Replacement(absl::string_view field,
                                        const std::vector<NamedNumber>& numbers) {
  const size_t colon = field.find(':');
  const absl::string_view name = field.substr(0, colon);
  std::vector<std::string> names;
  for (const NamedNumber& n : numbers) {
    if (n.name == name) return FormatNumber(n, colon == field.npos ? "" : field.substr(colon + 1));
    names.push_back(n.name);
  }
  return InvalidArgumentError(
      absl::StrCat("there is no number \"", name, "\"; there are: ", absl::StrJoin(names, ", ")));
}

}  // namespace

absl::StatusOr<std::string> FillTemplate(absl::string_view text,
                                         const std::vector<NamedNumber>& numbers) {
  std::string filled;
  while (!text.empty()) {
    const size_t brace = text.find_first_of("{}");
    absl::StrAppend(&filled, text.substr(0, brace));
    if (brace == text.npos) break;
    text.remove_prefix(brace);
    if (absl::ConsumePrefix(&text, "{{")) {
      filled += '{';
    } else if (absl::ConsumePrefix(&text, "}}")) {
      filled += '}';
    } else {
      const size_t end = text.find('}');
      if (text[0] == '}' || end == text.npos)
        return InvalidArgumentError("a lone brace; {{ and }} stand for braces");
      DAGRAD_ASSIGN_OR_RETURN(const std::string number,
                              Replacement(text.substr(1, end - 1), numbers));
      filled += number;
      text.remove_prefix(end + 1);
    }
  }
  return filled;
}

}  // namespace dagrad::keras::callbacks_internal
