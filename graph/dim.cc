#include "dagrad/graph/dim.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/dim_internal.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace dim_internal {

// A symbol, or floor(numerator / divisor).
struct Atom {
  std::string text;                             // canonical; identity and order of atoms
  std::shared_ptr<const Polynomial> numerator;  // null for a symbol
  int64_t divisor = 1;
  int depth = 0;  // of nested divisions
};
using AtomPtr = std::shared_ptr<const Atom>;

struct Term {
  int64_t coefficient = 0;
  std::vector<AtomPtr> atoms;  // sorted by text, with repetition for powers
};

// Sorted by the atoms' texts, the constant (no atoms) last; no zero coefficients.
struct Polynomial {
  std::vector<Term> terms;
  bool valid = true;
};

}  // namespace dim_internal

namespace {

using dim_internal::Atom;
using dim_internal::AtomPtr;
using dim_internal::Polynomial;
using dim_internal::Term;

using dim_internal::IsSymbol;
using dim_internal::kMaxDepth;
constexpr size_t kMaxTerms = 64;
constexpr size_t kMaxDegree = 16;
using dim_internal::kMaxText;

int CompareAtoms(const Term& a, const Term& b) {
  // Terms without atoms sort last, so that "batch + 1" reads as people write it.
  if (a.atoms.empty() != b.atoms.empty()) return a.atoms.empty() ? 1 : -1;
  const size_t n = std::min(a.atoms.size(), b.atoms.size());
  for (size_t i = 0; i < n; ++i) {
    const int c = a.atoms[i]->text.compare(b.atoms[i]->text);
    if (c != 0) return c;
  }
  return static_cast<int>(a.atoms.size()) - static_cast<int>(b.atoms.size());
}

Polynomial Canonical(std::vector<Term> terms) {
  std::stable_sort(terms.begin(), terms.end(),
                   [](const Term& a, const Term& b) { return CompareAtoms(a, b) < 0; });
  Polynomial p;
  for (Term& t : terms) {
    if (t.atoms.size() > kMaxDegree) p.valid = false;
    if (!p.terms.empty() && CompareAtoms(p.terms.back(), t) == 0) {
      int64_t& sum = p.terms.back().coefficient;
      if (__builtin_add_overflow(sum, t.coefficient, &sum)) p.valid = false;
    } else {
      p.terms.push_back(std::move(t));
    }
  }
  std::erase_if(p.terms, [](const Term& t) { return t.coefficient == 0; });
  for (const Term& t : p.terms) {
    if (t.coefficient == INT64_MIN) p.valid = false;  // its magnitude is no int64
  }
  if (p.terms.size() > kMaxTerms) p.valid = false;
  return p;
}

std::string TermText(const Term& t, bool first) {
  std::string text;
  const bool negative = t.coefficient < 0;
  if (negative) {
    text = first ? "-" : " - ";
  } else if (!first) {
    text = " + ";
  }
  const uint64_t magnitude = negative ? uint64_t{0} - static_cast<uint64_t>(t.coefficient)
                                      : static_cast<uint64_t>(t.coefficient);
  const char* separator = "";
  if (magnitude != 1 || t.atoms.empty()) {
    absl::StrAppend(&text, magnitude);
    separator = "*";
  }
  for (const AtomPtr& a : t.atoms) {
    absl::StrAppend(&text, separator, a->text);
    separator = "*";
  }
  return text;
}

// At least the length of PolynomialText.
size_t TextBound(const Polynomial& p) {
  size_t bytes = 0;
  for (const Term& t : p.terms) {
    bytes += 24;  // the sign and the coefficient
    for (const AtomPtr& a : t.atoms) bytes += a->text.size() + 1;
  }
  return bytes;
}

std::string PolynomialText(const Polynomial& p) {
  if (p.terms.empty()) return "0";
  std::string text;
  for (const Term& t : p.terms) text += TermText(t, text.empty());
  return text;
}

int Depth(const Polynomial& p) {
  int depth = 0;
  for (const Term& t : p.terms) {
    for (const AtomPtr& a : t.atoms) depth = std::max(depth, a->depth);
  }
  return depth;
}

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return (a % b != 0 && (a < 0)) ? q - 1 : q;
}

// floor((floor(p/d) + c) / e) = floor((p + c*d) / (d*e)): keeps chains of strided layers flat.
std::optional<std::pair<Polynomial, int64_t>> FlattenDivision(const Polynomial& p, int64_t e) {
  if (p.terms.empty() || p.terms.size() > 2) return std::nullopt;
  const Term& head = p.terms[0];
  if (head.coefficient != 1 || head.atoms.size() != 1 || head.atoms[0]->numerator == nullptr) {
    return std::nullopt;
  }
  int64_t c = 0;
  if (p.terms.size() == 2) {
    if (!p.terms[1].atoms.empty()) return std::nullopt;
    c = p.terms[1].coefficient;
  }
  const Atom& inner = *head.atoms[0];
  int64_t shift = 0;
  int64_t divisor = 0;
  if (__builtin_mul_overflow(c, inner.divisor, &shift)) return std::nullopt;
  if (__builtin_mul_overflow(inner.divisor, e, &divisor)) return std::nullopt;
  std::vector<Term> terms = inner.numerator->terms;
  terms.push_back({shift, {}});
  return std::make_pair(Canonical(std::move(terms)), divisor);
}

// p = divisor * first + second, the coefficients of second from 0 to divisor - 1: so that what is
// the same quotient is written in one way, floor((2*h + 3)/2) as h + floor(3/2).
std::pair<std::vector<Term>, std::vector<Term>> DivideTerms(const Polynomial& p, int64_t divisor) {
  std::pair<std::vector<Term>, std::vector<Term>> result;
  for (const Term& t : p.terms) {
    const int64_t rest = t.coefficient % divisor;
    result.first.push_back({FloorDivide(t.coefficient, divisor), t.atoms});
    result.second.push_back({rest < 0 ? rest + divisor : rest, t.atoms});
  }
  return result;
}

// Recursion is bounded by kMaxDepth.
bool EvaluatePolynomial(const Polynomial& p, const Bindings& bindings,
                        int64_t* result,  // NOLINT(misc-no-recursion)
                        std::string* unbound) {
  *result = 0;
  for (const Term& t : p.terms) {
    int64_t product = t.coefficient;
    for (const AtomPtr& a : t.atoms) {
      int64_t value = 0;
      if (a->numerator != nullptr) {
        if (!EvaluatePolynomial(*a->numerator, bindings, &value, unbound)) return false;
        value = FloorDivide(value, a->divisor);
      } else {
        auto it = bindings.find(a->text);
        if (it == bindings.end()) {
          *unbound = a->text;
          return false;
        }
        value = it->second;
      }
      if (__builtin_mul_overflow(product, value, &product)) return false;
    }
    if (__builtin_add_overflow(*result, product, result)) return false;
  }
  return true;
}

void CollectFrom(const Polynomial& p,
                 absl::btree_set<std::string>* symbols) {  // NOLINT(misc-no-recursion)
  for (const Term& t : p.terms) {
    for (const AtomPtr& a : t.atoms) {
      if (a->numerator != nullptr) {
        CollectFrom(*a->numerator, symbols);
      } else {
        symbols->insert(a->text);
      }
    }
  }
}

}  // namespace

Dim::Dim(absl::string_view symbol) {
  if (!IsSymbol(symbol)) {
    value_ = kInvalidValue;
    return;
  }
  auto atom = std::make_shared<Atom>();
  atom->text = std::string(symbol);
  Polynomial p;
  p.terms.push_back({1, {std::move(atom)}});
  poly_ = std::make_shared<const Polynomial>(std::move(p));
}

Dim Dim::Invalid() { return Dim(kInvalidValue); }

Dim Dim::FromPolynomial(Polynomial poly) {
  if (!poly.valid || TextBound(poly) > kMaxText) return Invalid();
  if (poly.terms.empty()) return Dim(0);
  if (poly.terms.size() == 1 && poly.terms[0].atoms.empty()) return Dim(poly.terms[0].coefficient);
  Dim d;
  d.poly_ = std::make_shared<const Polynomial>(std::move(poly));
  return d;
}

Polynomial Dim::ToPolynomial() const {
  if (poly_ != nullptr) return *poly_;
  Polynomial p;
  p.valid = is_valid();
  if (value_ != 0) p.terms.push_back({value_, {}});
  return p;
}

std::string Dim::ToString() const {
  if (!is_valid()) return "<invalid>";
  return poly_ == nullptr ? absl::StrCat(value_) : PolynomialText(*poly_);
}

absl::StatusOr<int64_t> Dim::Evaluate(const Bindings& bindings) const {
  int64_t result = value_;
  std::string unbound;
  if (poly_ != nullptr && !EvaluatePolynomial(*poly_, bindings, &result, &unbound)) {
    return InvalidArgumentError(
        unbound.empty() ? absl::StrCat("dimension ", ToString(), " overflows")
                        : absl::StrCat("dimension symbol \"", unbound, "\" has no value"));
  }
  if (result < 0) {
    return InvalidArgumentError(absl::StrCat("dimension ", ToString(), " would be ", result));
  }
  return result;
}

void Dim::CollectSymbols(absl::btree_set<std::string>* symbols) const {
  if (poly_ != nullptr) CollectFrom(*poly_, symbols);
}

Dim Dim::Substitute(const absl::btree_map<std::string, Dim>& symbols) const {
  if (poly_ == nullptr || symbols.empty()) return *this;
  // Nested divisions are bounded by kMaxDepth.
  const auto replace = [&](const Atom& atom) {  // NOLINT(misc-no-recursion)
    if (atom.numerator != nullptr)
      return FloorDiv(FromPolynomial(*atom.numerator).Substitute(symbols), atom.divisor);
    const auto it = symbols.find(atom.text);
    return it == symbols.end() ? Dim(atom.text) : it->second;
  };
  Dim sum = 0;
  for (const Term& t : poly_->terms) {
    Dim product = t.coefficient;
    for (const AtomPtr& a : t.atoms) product = product * replace(*a);
    sum = sum + product;
  }
  return sum;
}

Dim operator+(const Dim& a, const Dim& b) {
  int64_t sum = 0;
  if (a.poly_ == nullptr && b.poly_ == nullptr) {
    if (!a.is_valid() || !b.is_valid() || __builtin_add_overflow(a.value_, b.value_, &sum)) {
      return Dim::Invalid();
    }
    return Dim(sum);
  }
  Polynomial p = a.ToPolynomial();
  Polynomial q = b.ToPolynomial();
  if (!p.valid || !q.valid) return Dim::Invalid();
  p.terms.insert(p.terms.end(), q.terms.begin(), q.terms.end());
  return Dim::FromPolynomial(Canonical(std::move(p.terms)));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  int64_t product = 0;
  if (a.poly_ == nullptr && b.poly_ == nullptr) {
    if (!a.is_valid() || !b.is_valid() || __builtin_mul_overflow(a.value_, b.value_, &product)) {
      return Dim::Invalid();
    }
    return Dim(product);
  }
  const Polynomial p = a.ToPolynomial();
  const Polynomial q = b.ToPolynomial();
  if (!p.valid || !q.valid || p.terms.size() * q.terms.size() > kMaxTerms) return Dim::Invalid();
  std::vector<Term> terms;
  for (const Term& s : p.terms) {
    for (const Term& t : q.terms) {
      Term u;
      if (__builtin_mul_overflow(s.coefficient, t.coefficient, &u.coefficient))
        return Dim::Invalid();
      u.atoms = s.atoms;
      u.atoms.insert(u.atoms.end(), t.atoms.begin(), t.atoms.end());
      std::sort(u.atoms.begin(), u.atoms.end(),
                [](const AtomPtr& x, const AtomPtr& y) { return x->text < y->text; });
      terms.push_back(std::move(u));
    }
  }
  return Dim::FromPolynomial(Canonical(std::move(terms)));
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.poly_ == nullptr || b.poly_ == nullptr) {
    return a.poly_ == b.poly_ && a.value_ == b.value_;
  }
  return a.poly_ == b.poly_ || PolynomialText(*a.poly_) == PolynomialText(*b.poly_);
}

Dim Dim::FloorDiv(const Dim& a, int64_t divisor) {
  if (divisor <= 0 || !a.is_valid()) return Invalid();
  if (a.poly_ == nullptr) return Dim(FloorDivide(a.value_, divisor));
  if (divisor == 1) return a;
  auto [whole, rest] = DivideTerms(*a.poly_, divisor);
  const Dim quotient = FromPolynomial(Canonical(std::move(whole)));
  Polynomial numerator = Canonical(std::move(rest));
  const bool is_less_than_one = std::all_of(numerator.terms.begin(), numerator.terms.end(),
                                            [](const Term& t) { return t.atoms.empty(); });
  if (is_less_than_one) return quotient;
  if (auto flat = FlattenDivision(numerator, divisor); flat.has_value()) {
    numerator = std::move(flat->first);
    divisor = flat->second;
  }
  auto atom = std::make_shared<Atom>();
  atom->depth = Depth(numerator) + 1;
  if (!numerator.valid || atom->depth > kMaxDepth) return Invalid();
  atom->text = absl::StrCat("floor((", PolynomialText(numerator), ")/", divisor, ")");
  atom->numerator = std::make_shared<const Polynomial>(std::move(numerator));
  atom->divisor = divisor;
  Polynomial p;
  p.terms.push_back({1, {std::move(atom)}});
  return quotient + FromPolynomial(std::move(p));
}

Dim Dim::CeilDiv(const Dim& a, int64_t divisor) {
  if (divisor <= 0) return Invalid();
  return FloorDiv(a + Dim(divisor - 1), divisor);
}

std::optional<Dim> Dim::ExactDiv(const Dim& dividend, const Dim& divisor) {
  const Polynomial p = dividend.ToPolynomial();
  const Polynomial q = divisor.ToPolynomial();
  if (!p.valid || !q.valid || q.terms.size() != 1) {
    return dividend == divisor && dividend.is_valid() ? std::optional<Dim>(1) : std::nullopt;
  }
  const Term& by = q.terms[0];
  std::vector<Term> terms;
  for (const Term& t : p.terms) {
    if (by.coefficient == -1 || t.coefficient % by.coefficient != 0) return std::nullopt;
    Term u;
    u.coefficient = t.coefficient / by.coefficient;
    auto less = [](const AtomPtr& x, const AtomPtr& y) { return x->text < y->text; };
    if (!std::includes(t.atoms.begin(), t.atoms.end(), by.atoms.begin(), by.atoms.end(), less)) {
      return std::nullopt;
    }
    std::set_difference(t.atoms.begin(), t.atoms.end(), by.atoms.begin(), by.atoms.end(),
                        std::back_inserter(u.atoms), less);
    terms.push_back(std::move(u));
  }
  return FromPolynomial(Canonical(std::move(terms)));
}

}  // namespace dagrad
