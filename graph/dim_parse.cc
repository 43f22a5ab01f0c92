#include <algorithm>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/dim_internal.h"
#include "dagrad/graph/error.h"

// Reading the text of a dimension.
namespace dagrad {

bool dim_internal::IsSymbol(absl::string_view s) {
  if (s.empty() || s.size() > 256 || absl::ascii_isdigit(s[0]) || s[0] == '-') return false;
  return std::all_of(s.begin(), s.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '/' || c == '-';
  });
}

namespace {

using dim_internal::IsSymbol;
using dim_internal::kMaxDepth;
using dim_internal::kMaxText;

// Recursive descent over: sum := ['-'] product (('+'|'-') product)*; product := factor ('*'
// factor)*; factor := number | symbol | "floor((" sum ")/" number ")". Depth is bounded.
class Parser {
 public:
  explicit Parser(absl::string_view text) : rest_(text) {}

  std::optional<Dim> ParseAll() {
    std::optional<Dim> d = Sum(0);
    Skip();
    if (!d.has_value() || !rest_.empty() || !d->is_valid()) return std::nullopt;
    return d;
  }

 private:
  void Skip() {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
  }
  bool Eat(absl::string_view token) {
    Skip();
    if (rest_.substr(0, token.size()) != token) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::optional<Dim> Sum(int depth) {  // NOLINT(misc-no-recursion)
    const bool negative = Eat("-");
    std::optional<Dim> sum = Product(depth);
    if (!sum.has_value()) return std::nullopt;
    if (negative) sum = Dim(0) - *sum;
    while (true) {
      const bool plus = Eat("+");
      if (!plus && !Eat("-")) return sum;
      std::optional<Dim> next = Product(depth);
      if (!next.has_value()) return std::nullopt;
      sum = plus ? *sum + *next : *sum - *next;
    }
  }
  std::optional<Dim> Product(int depth) {  // NOLINT(misc-no-recursion)
    std::optional<Dim> product = Factor(depth);
    while (product.has_value() && Eat("*")) {
      std::optional<Dim> next = Factor(depth);
      if (!next.has_value()) return std::nullopt;
      product = *product * *next;
    }
    return product;
  }
  std::optional<Dim> Factor(int depth) {  // NOLINT(misc-no-recursion)
    if (Eat("floor((")) {
      if (depth >= kMaxDepth) return std::nullopt;
      std::optional<Dim> numerator = Sum(depth + 1);
      if (!numerator.has_value() || !Eat(")/")) return std::nullopt;
      std::optional<int64_t> divisor = Number();
      if (!divisor.has_value() || !Eat(")")) return std::nullopt;
      return Dim::FloorDiv(*numerator, *divisor);
    }
    if (std::optional<int64_t> n = Number(); n.has_value()) return Dim(*n);
    Skip();
    size_t length = 0;
    while (length < rest_.size() && IsSymbol(rest_.substr(0, length + 1))) ++length;
    if (length == 0) return std::nullopt;
    Dim symbol(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return symbol;
  }
  std::optional<int64_t> Number() {
    Skip();
    size_t length = 0;
    while (length < rest_.size() && absl::ascii_isdigit(rest_[length])) ++length;
    int64_t value = 0;
    if (length == 0 || !absl::SimpleAtoi(rest_.substr(0, length), &value)) return std::nullopt;
    rest_.remove_prefix(length);
    return value;
  }

  absl::string_view rest_;
};

}  // namespace

absl::StatusOr<Dim> Dim::Parse(absl::string_view text) {
  std::optional<Dim> d;
  if (text.size() <= kMaxText) d = Parser(text).ParseAll();
  if (d.has_value()) return *d;
  return InvalidArgumentError(absl::StrCat("not a dimension: \"", text.substr(0, 80), "\""));
}

}  // namespace dagrad
