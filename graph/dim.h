#ifndef DAGRAD_GRAPH_DIM_H_
#define DAGRAD_GRAPH_DIM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad {

// What the symbols of a shape stand for in one run: {"batch": 32}.
using Bindings = absl::btree_map<std::string, int64_t>;

namespace dim_internal {
struct Polynomial;
}  // namespace dim_internal

// One dimension of a shape: a number, or a polynomial with integer coefficients over named symbols
// and floor divisions ("batch", "2*batch + 1", "floor((time - 3)/2)"). Kept in canonical form, so
// two dimensions are equal exactly when their texts are. Immutable; copying is cheap; safe to share
// between threads.
//
// Arithmetic that leaves int64 or nests deeper than 16 divisions gives Invalid(), which every later
// operation keeps, so a shape needs to be checked only once, when it is complete.
class Dim {
 public:
  Dim() = default;                       // 0
  Dim(int64_t value) : value_(value) {}  // NOLINT: numbers are dimensions
  Dim(int value) : value_(value) {}      // NOLINT
  // A symbol: letters, digits, '_', '.', '/' and '-', not starting with a digit or '-'. Any other
  // text gives Invalid().
  Dim(const char* symbol) : Dim(absl::string_view(symbol)) {}  // NOLINT: Shape({"batch", 784})
  Dim(absl::string_view symbol);                               // NOLINT

  static Dim Invalid();
  // Reads what ToString writes. InvalidArgument with the offending text otherwise.
  static absl::StatusOr<Dim> Parse(absl::string_view text);

  bool is_known() const { return poly_ == nullptr && value_ >= 0; }
  bool is_valid() const { return poly_ != nullptr || value_ != kInvalidValue; }
  // The number. Only where is_known(); a symbolic one gives -1.
  int64_t value() const { return poly_ == nullptr ? value_ : -1; }

  std::string ToString() const;
  // The number under `bindings`. InvalidArgument for an unbound symbol, a negative result or
  // overflow.
  absl::StatusOr<int64_t> Evaluate(const Bindings& bindings) const;
  // Adds the names of all symbols to `symbols`.
  void CollectSymbols(absl::btree_set<std::string>* symbols) const;
  // The same formula with each symbol that `symbols` names replaced by what it names; others stay.
  // Invalid() where that is too large.
  Dim Substitute(const absl::btree_map<std::string, Dim>& symbols) const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);

  // floor(a / divisor); Invalid() unless divisor > 0.
  static Dim FloorDiv(const Dim& a, int64_t divisor);
  // ceil(a / divisor); Invalid() unless divisor > 0.
  static Dim CeilDiv(const Dim& a, int64_t divisor);
  // The q with q * divisor == dividend for every binding, where there is one ("6*batch" by
  // "2*batch" is 3).
  static std::optional<Dim> ExactDiv(const Dim& dividend, const Dim& divisor);

 private:
  static constexpr int64_t kInvalidValue = INT64_MIN;
  static Dim FromPolynomial(dim_internal::Polynomial poly);
  dim_internal::Polynomial ToPolynomial() const;

  int64_t value_ = 0;
  std::shared_ptr<const dim_internal::Polynomial> poly_;  // null for a number
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_DIM_H_
