#include "dagrad/graph/shape.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"

namespace dagrad {

absl::StatusOr<int64_t> CheckedNumElements(absl::Span<const int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return InvalidArgumentError(
        absl::StrCat("rank ", dims.size(), " is above the limit of ", kMaxRank));
  }
  int64_t bytes = 8;
  bool overflow = false;
  for (int64_t d : dims) {
    if (d < 0 || d > kMaxDim) {
      return InvalidArgumentError(
          absl::StrCat("dimension ", d, " of ", DimsToString(dims), " is outside 0..2^40"));
    }
    overflow = overflow || __builtin_mul_overflow(bytes, std::max<int64_t>(d, 1), &bytes);
  }
  if (overflow) {
    return InvalidArgumentError(absl::StrCat("shape ", DimsToString(dims), " is too large"));
  }
  return NumElements(dims);
}

int64_t NumElements(absl::Span<const int64_t> dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

std::string DimsToString(absl::Span<const int64_t> dims) {
  return absl::StrCat("[", absl::StrJoin(dims, ","), "]");
}

Dim Shape::dim(int axis) const {
  if (axis < 0) axis += rank();
  if (axis < 0 || axis >= rank()) return Dim::Invalid();
  return dims_[axis];
}

bool Shape::IsStatic() const {
  return std::all_of(dims_.begin(), dims_.end(), [](const Dim& d) { return d.is_known(); });
}

Dim Shape::NumElements() const {
  Dim n = 1;
  for (const Dim& d : dims_) n = n * d;
  return n;
}

Dims Shape::ToDims() const {
  Dims dims;
  for (const Dim& d : dims_) dims.push_back(d.value());
  return dims;
}

std::string Shape::ToString() const {
  return absl::StrCat(
      "[",
      absl::StrJoin(dims_, ",",
                    [](std::string* out, const Dim& d) { absl::StrAppend(out, d.ToString()); }),
      "]");
}

absl::Status Shape::Validate() const {
  Dims known;
  for (const Dim& d : dims_) {
    if (!d.is_valid()) {
      return InvalidArgumentError(absl::StrCat("shape ", ToString(), " has an invalid dimension"));
    }
    const bool number =
        d.is_known() || d.value() < -1 || d == Dim(-1);  // value() is -1 for symbols too
    known.push_back(number ? d.value() : 1);
  }
  return CheckedNumElements(known).status();
}

absl::StatusOr<Dims> Shape::Bind(const Bindings& bindings) const {
  Dims dims;
  for (const Dim& d : dims_) {
    absl::StatusOr<int64_t> n = d.Evaluate(bindings);
    if (!n.ok()) return n.status();
    dims.push_back(*n);
  }
  absl::StatusOr<int64_t> n = CheckedNumElements(dims);
  if (!n.ok()) return n.status();
  return dims;
}

Shape Shape::Substitute(const absl::btree_map<std::string, Dim>& symbols) const {
  Shape shape;
  for (const Dim& d : dims_) shape.push_back(d.Substitute(symbols));
  return shape;
}

std::string ValueType::ToString() const { return absl::StrCat(DTypeName(dtype), shape.ToString()); }

namespace {

// The s > 0 of dims k·s + c, k >= 1, in which `symbol` stands for s and is the only one that
// `bindings` does not have, that is `n`; none where the dim is not so, or there is no such s.
std::optional<int64_t> SymbolOf(const Dim& dim, const std::string& symbol, int64_t n,
                                const Bindings& bindings) {
  constexpr int64_t kStep = 1 << 20;  // beyond what is taken off
  const auto at = [&](int64_t s) {
    Bindings with = bindings;
    with[symbol] = s;
    return dim.Evaluate(with);
  };
  const absl::StatusOr<int64_t> one = at(kStep), two = at(2 * kStep), three = at(3 * kStep);
  if (!one.ok() || !two.ok() || !three.ok()) return std::nullopt;
  const int64_t rise = *two - *one;
  if (*three - *two != rise || rise <= 0 || rise % kStep != 0) return std::nullopt;
  const int64_t factor = rise / kStep, rest = *one - rise;
  if (n <= rest || (n - rest) % factor != 0) return std::nullopt;
  return (n - rest) / factor;
}

// Binds a symbol that a dim has beside numbers and symbols that are bound: "32*height".
void BindByFactor(const Shape& shape, absl::Span<const int64_t> dims, Bindings* bindings) {
  for (int i = 0; i < shape.rank(); ++i) {
    absl::btree_set<std::string> symbols;
    shape.dim(i).CollectSymbols(&symbols);
    absl::erase_if(symbols, [bindings](const std::string& s) { return bindings->contains(s); });
    if (symbols.size() != 1) continue;
    if (const auto s = SymbolOf(shape.dim(i), *symbols.begin(), dims[i], *bindings))
      bindings->emplace(*symbols.begin(), *s);
  }
}

}  // namespace

void BindLoneSymbols(const Shape& shape, absl::Span<const int64_t> dims, Bindings* bindings) {
  if (shape.rank() != static_cast<int>(dims.size())) return;
  for (int i = 0; i < shape.rank(); ++i) {
    absl::btree_set<std::string> symbols;
    const Dim d = shape.dim(i);
    d.CollectSymbols(&symbols);
    if (symbols.size() == 1 && d == Dim(*symbols.begin()))
      bindings->emplace(*symbols.begin(), dims[i]);
  }
}

absl::Status UnifyShape(const Shape& shape, absl::Span<const int64_t> dims, Bindings* bindings) {
  auto mismatch = [&] {
    return InvalidArgumentError(
        absl::StrCat("shape ", DimsToString(dims), " does not fit ", shape.ToString()));
  };
  if (shape.rank() != static_cast<int>(dims.size())) return mismatch();
  Bindings extended = *bindings;
  // First, so that "2*batch" can be checked wherever it stands.
  BindLoneSymbols(shape, dims, &extended);
  BindByFactor(shape, dims, &extended);
  for (int i = 0; i < shape.rank(); ++i) {
    absl::StatusOr<int64_t> n = shape.dim(i).Evaluate(extended);
    if (!n.ok() || *n != dims[i]) return mismatch();
  }
  *bindings = std::move(extended);
  return absl::OkStatus();
}

absl::StatusOr<Shape> BroadcastShapes(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  absl::InlinedVector<Dim, 4> dims(rank, Dim(1));
  for (int i = 1; i <= rank; ++i) {
    const Dim x = i <= a.rank() ? a.dim(-i) : Dim(1);
    const Dim y = i <= b.rank() ? b.dim(-i) : Dim(1);
    if (!(x == y) && !(x == Dim(1)) && !(y == Dim(1))) {
      return InvalidArgumentError(
          absl::StrCat("shapes ", a.ToString(), " and ", b.ToString(), " do not broadcast"));
    }
    dims[rank - i] = x == Dim(1) ? y : x;
  }
  return Shape(dims);
}

}  // namespace dagrad
