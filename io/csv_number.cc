#include "dagrad/io/csv_number.h"

#include <charconv>
#include <system_error>

#include "absl/strings/numbers.h"

namespace dagrad::io {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 10^k is a double exactly up to here.
constexpr int kMaxPower = 22;
constexpr double kPowersOf10[kMaxPower + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Digits with a point among them, of up to 15 digits: an integer that a double holds, divided by a
// power of 10 that it holds too, so that the only rounding is the right one. (W. D. Clinger, How to
// read floating point numbers accurately, 1990.) False for all other text.
bool ParseShortDecimal(absl::string_view text, double* value) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (end - p > 16) return false;
  int64_t digits = 0;
  int count = 0;
  int behind_point = 0;
  bool point = false;
  for (; p != end; ++p) {
    if (*p == '.' && !point) {
      point = true;
    } else if (IsDigit(*p)) {
      digits = digits * 10 + (*p - '0');
      ++count;
      behind_point += point ? 1 : 0;
    } else {
      return false;
    }
  }
  if (count == 0 || count > 15) return false;
  const double result = static_cast<double>(digits) / kPowersOf10[behind_point];
  *value = negative ? -result : result;
  return true;
}

}  // namespace

bool ParseInt(absl::string_view text, int64_t* value) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (p == end || end - p > 18) return absl::SimpleAtoi(text, value);
  int64_t digits = 0;
  for (; p != end; ++p) {
    if (!IsDigit(*p)) return absl::SimpleAtoi(text, value);
    digits = digits * 10 + (*p - '0');
  }
  *value = negative ? -digits : digits;
  return true;
}

bool ParseFloat(absl::string_view text, double* value) {
  if (ParseShortDecimal(text, value)) return true;
  const char* const end = text.data() + text.size();
  const bool plain = !text.empty() && (IsDigit(text[0]) || text[0] == '-') && IsDigit(text.back());
  if (plain) {
    const auto [stop, error] = std::from_chars(text.data(), end, *value);
    if (stop == end && error == std::errc()) return true;
  }
  return absl::SimpleAtod(text, value);
}

bool ParseBool(absl::string_view text, bool* value) {
  *value = text == "true" || text == "True" || text == "TRUE";
  return *value || text == "false" || text == "False" || text == "FALSE";
}

std::string FormatFloat(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

}  // namespace dagrad::io
