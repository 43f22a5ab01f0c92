#include "dagrad/ops/linalg/einsum/einsum.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad {
namespace {

// A value whose axes have these letters, each once.
struct Term {
  Value value;
  std::string letters;
};

struct Equation {
  std::vector<std::string> inputs;
  std::string output;
};

bool Has(absl::string_view letters, char letter) {
  return letters.find(letter) != absl::string_view::npos;
}

// The first "..." as digits, the last axis of which is 1 in every term; the points of another one
// stay.
std::string Spread(std::string term, int count) {
  std::string dots;
  for (int i = count; i > 0; --i) dots.push_back(static_cast<char>('0' + i));
  const size_t at = term.find("...");
  return at == std::string::npos ? term : term.replace(at, 3, dots);
}

absl::StatusOr<Equation> Parse(absl::string_view text, absl::Span<const Value> operands) {
  const auto bad = [&](absl::string_view why) {
    return InvalidArgumentError(absl::StrCat("equation \"", text, "\" ", why));
  };
  const std::string plain = absl::StrReplaceAll(text, {{" ", ""}});
  const std::vector<std::string> sides = absl::StrSplit(plain, "->");
  const std::vector<std::string> terms = absl::StrSplit(sides[0], ',');
  if (sides.size() > 2 || plain.size() > 1024) return bad("is none");
  if (terms.size() != operands.size())
    return bad(absl::StrCat("does not have ", operands.size(), " operands"));
  Equation e;
  int most = 0;
  std::map<char, int> counts;
  for (size_t i = 0; i < terms.size(); ++i) {
    const int dots = absl::StrContains(terms[i], "...") ? 3 : 0;
    const int spread = operands[i].rank() - (static_cast<int>(terms[i].size()) - dots);
    if (spread < 0 || (dots == 0 && spread != 0))
      return bad(absl::StrCat("does not fit operand ", i, ", ", operands[i].type().ToString()));
    most = std::max(most, spread);
    e.inputs.push_back(Spread(terms[i], spread));
    for (char letter : e.inputs.back()) ++counts[letter];
  }
  e.output = Spread(sides.size() == 2 ? sides[1] : "...", most);
  for (const auto& [letter, count] : counts) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(letter)))
      return bad("has a letter that is none");
    if (sides.size() == 1 && count == 1 && !absl::ascii_isdigit(letter)) e.output.push_back(letter);
  }
  for (char letter : e.output) {
    if (!counts.contains(letter)) return bad("has a letter in its result only");
    if (std::count(e.output.begin(), e.output.end(), letter) > 1)
      return bad("has a letter twice in its result");
  }
  return e;
}

// x [… i … i …] with only the elements where both axes are equal, and one of the axes: [… i …].
Value Diagonal(Value x, int axis, int other) {
  if (!x.valid()) return x;
  const Value i = Iota(x.builder(), DType::kInt64, x.shape(), axis);
  const Value k = Iota(x.builder(), DType::kInt64, x.shape(), other);
  return ReduceSum(Select(Equal(i, k), x, 0.0), {.axes = {other}});
}

absl::Status TakeDiagonals(Term* t) {
  for (size_t i = 0; i < t->letters.size(); ++i) {
    size_t k = t->letters.find(t->letters[i], i + 1);
    for (; k != std::string::npos; k = t->letters.find(t->letters[i], i + 1)) {
      const int axis = static_cast<int>(i), other = static_cast<int>(k);
      if (!(t->value.dim(axis) == t->value.dim(other))) {
        return InvalidArgumentError(absl::StrCat("letter \"", t->letters.substr(i, 1),
                                                 "\" of two axes that differ, of ",
                                                 t->value.type().ToString()));
      }
      t->value = Diagonal(t->value, axis, other);
      t->letters.erase(k, 1);
    }
  }
  return absl::OkStatus();
}

// The term summed over the letters that neither string has.
void SumOthers(absl::string_view a, absl::string_view b, Term* t) {
  std::vector<int64_t> axes;
  std::string left;
  for (size_t i = 0; i < t->letters.size(); ++i) {
    const char letter = t->letters[i];
    if (Has(a, letter) || Has(b, letter)) {
      left.push_back(letter);
    } else {
      axes.push_back(static_cast<int64_t>(i));
    }
  }
  if (!axes.empty()) t->value = ReduceSum(t->value, {.axes = axes});
  t->letters = left;
}

Value InOrder(const Term& t, absl::string_view order) {
  std::vector<int64_t> perm;
  for (char letter : order) perm.push_back(static_cast<int64_t>(t.letters.find(letter)));
  return t.letters == order ? t.value : Transpose(t.value, perm);
}

// The value with the axes of `letters`, `leading` of them as they are, the rest as two: the first
// `rows` and the others.
Value AsMatrices(Value x, int leading, int rows) {
  if (!x.valid()) return x;
  Shape shape;
  Dim row = 1, column = 1;
  for (int a = 0; a < x.rank(); ++a) {
    if (a < leading) {
      shape.push_back(x.dim(a));
    } else if (a < leading + rows) {
      row = row * x.dim(a);
    } else {
      column = column * x.dim(a);
    }
  }
  shape.push_back(row);
  shape.push_back(column);
  return x.shape() == shape ? x : Reshape(x, shape);
}

// x with `count` axes of one element before axis `at`.
Value WithOnes(Value x, int at, size_t count) {
  if (!x.valid() || count == 0) return x;
  Shape shape;
  for (int a = 0; a < x.rank() + static_cast<int>(count); ++a) {
    const bool is_new = a >= at && a < at + static_cast<int>(count);
    shape.push_back(is_new ? Dim(1) : x.dim(a < at ? a : a - static_cast<int>(count)));
  }
  return Reshape(x, shape);
}

int AxesOfProduct(const Term& a, const Term& b, absl::string_view kept) {
  std::string letters;
  for (char letter : absl::StrCat(a.letters, b.letters)) {
    if (Has(kept, letter) && !Has(letters, letter)) letters.push_back(letter);
  }
  return static_cast<int>(letters.size());
}

// a · b, summed over the letters that are not `kept`.
Term Product(Term a, Term b, absl::string_view kept) {
  SumOthers(b.letters, kept, &a);
  SumOthers(a.letters, kept, &b);
  std::string both, summed, only_a, only_b;
  for (char letter : a.letters) {
    if (!Has(b.letters, letter)) {
      only_a.push_back(letter);
    } else {
      (Has(kept, letter) ? both : summed).push_back(letter);
    }
  }
  for (char letter : b.letters) {
    if (!Has(a.letters, letter)) only_b.push_back(letter);
  }
  const std::string letters = absl::StrCat(both, only_a, only_b);
  if (summed.empty()) {
    const Value rows = InOrder(a, absl::StrCat(both, only_a));
    const Value columns = InOrder(b, absl::StrCat(both, only_b));
    return {WithOnes(rows, rows.rank(), only_b.size()) *
                WithOnes(columns, static_cast<int>(both.size()), only_a.size()),
            letters};
  }
  // A factor that has its axes in the order of a transposed matrix stays as it is.
  const auto leading = static_cast<int>(both.size());
  const bool turned_a = a.letters == absl::StrCat(both, summed, only_a) && !only_a.empty();
  const bool turned_b = b.letters == absl::StrCat(both, only_b, summed) && !only_b.empty();
  const Value rows = InOrder(a, turned_a ? a.letters : absl::StrCat(both, only_a, summed));
  const Value columns = InOrder(b, turned_b ? b.letters : absl::StrCat(both, summed, only_b));
  const auto matrices = [leading](Value x, const std::string& first) {
    return AsMatrices(x, leading, static_cast<int>(first.size()));
  };
  const Value y = MatMul(matrices(rows, turned_a ? summed : only_a),
                         matrices(columns, turned_b ? only_b : summed),
                         {.transpose_a = turned_a, .transpose_b = turned_b});
  if (!y.valid()) return {};
  Shape shape;
  const auto add = [&shape, leading](const Value& x, size_t skipped, size_t count) {
    for (size_t i = 0; i < count; ++i)
      shape.push_back(x.dim(leading + static_cast<int>(skipped + i)));
  };
  for (int i = 0; i < leading; ++i) shape.push_back(y.dim(i));
  add(rows, turned_a ? summed.size() : 0, only_a.size());
  add(columns, turned_b ? 0 : summed.size(), only_b.size());
  return {y.shape() == shape ? y : Reshape(y, shape), letters};
}

}  // namespace

Value Einsum(absl::string_view equation, absl::Span<const Value> operands,
             SourceLocation location) {
  for (const Value& v : operands) {
    if (!v.valid()) return Value();
  }
  if (operands.empty()) return Value();
  const auto fail = [&](const absl::Status& s) {
    return operands[0].builder()->Fail("Einsum", location, s.message());
  };
  const absl::StatusOr<Equation> e = Parse(equation, operands);
  if (!e.ok()) return fail(e.status());
  // MatMul takes no unsigned numbers; products keep their low bits in int64.
  const DType dtype = operands[0].dtype();
  const bool wide = dtype == DType::kUInt8 || dtype == DType::kUInt16 || dtype == DType::kUInt32 ||
                    dtype == DType::kUInt64;
  std::vector<Term> terms;
  for (size_t i = 0; i < operands.size(); ++i) {
    terms.push_back({wide ? Cast(operands[i], DType::kInt64) : operands[i], e->inputs[i]});
    if (absl::Status s = TakeDiagonals(&terms.back()); !s.ok()) return fail(s);
  }
  Term y = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    std::string kept = e->output;
    for (size_t k = i + 1; k < terms.size(); ++k) kept += terms[k].letters;
    if (AxesOfProduct(y, terms[i], kept) > kMaxRank)
      return fail(InvalidArgumentError(absl::StrCat("a product of more than ", kMaxRank, " axes")));
    y = Product(y, terms[i], kept);
    if (!y.value.valid()) return Value();
  }
  SumOthers(e->output, "", &y);
  const Value result = InOrder(y, e->output);
  return wide ? Cast(result, dtype) : result;
}

}  // namespace dagrad
