// Products of matrices and sums.
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

void ImportMatMul(NodeImport& c) {
  const Value a = c.in(0), b = c.in(1);
  c.out(0, MatMul(a, b));
}

// alpha·a·b + beta·c.
void ImportGemm(NodeImport& c) {
  if (c.IsNotOfRank(0, 2) || c.IsNotOfRank(1, 2)) return;
  const double alpha = c.Real("alpha", 1), beta = c.Real("beta", 1);
  const Value a = c.in(0), b = c.in(1);
  Value y = MatMul(
      a, b, {.transpose_a = c.Int("transA", 0) != 0, .transpose_b = c.Int("transB", 0) != 0});
  if (alpha != 1) y = y * alpha;
  if (c.has(2) && beta != 0) y = y + (beta == 1 ? c.in(2) : c.in(2) * beta);
  c.out(0, y);
}

// y[…, i, …] = Σ_j x[…, j, …] over j <= i (exclusive: j < i; reverse: from the end), as a product
// with a matrix of 0s and 1s.
void ImportCumSum(NodeImport& c) {
  const Value x = c.in(0);
  const int64_t given = c.Integer(1, 0);
  if (!c.ok()) return;
  const int axis = AxisOf(c, given, x.rank());
  const int64_t n = KnownDim(c, x, axis);
  constexpr int64_t kMost = 4096;
  if (n > kMost) return c.Unsupported(absl::StrCat("a sum over more than ", kMost, " elements"));
  if (!c.ok()) return;
  const bool exclusive = c.Int("exclusive", 0) != 0, reverse = c.Int("reverse", 0) != 0;
  std::vector<double> ones(static_cast<size_t>(n * n));
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i) {
      const bool before = reverse ? j > i : j < i;
      ones[static_cast<size_t>(j * n + i)] = before || (j == i && !exclusive) ? 1 : 0;
    }
  }
  absl::StatusOr<Tensor> matrix = Tensor::Of<double>({n, n}, ones).Cast(x.dtype());
  if (!matrix.ok()) return c.Fail(matrix.status());
  const Value rows = MoveAxis(x, axis, x.rank() - 1);
  const Value y = MatMul(rows.rank() == 1 ? Reshape(rows, {Dim(1), Dim(n)}) : rows,
                         Constant(c.builder(), *matrix));
  c.out(0, MoveAxis(rows.rank() == 1 ? Reshape(y, {Dim(n)}) : y, x.rank() - 1, axis));
}

// The letters of the operands and of the result; "..." stands for letters of its own, the last of
// which is the same in all operands.
struct Equation {
  std::vector<std::string> inputs;
  std::string output;
};

// `terms` with "..." replaced by the last `count` of the capital letters that no term has.
std::string Spread(const std::string& term, int count) {
  std::string dots;
  for (int i = count; i > 0; --i) dots.push_back(static_cast<char>('0' + i));
  return absl::StrReplaceAll(term, {{"...", dots}});
}

bool ParseEquation(NodeImport& c, const std::vector<Value>& values, Equation* e) {
  const std::string text = absl::StrReplaceAll(c.Text("equation", ""), {{" ", ""}});
  const std::vector<std::string> sides = absl::StrSplit(text, "->");
  if (sides.size() > 2 || text.size() > 1024) return c.Invalid("equation"), false;
  const std::vector<std::string> terms = absl::StrSplit(sides[0], ',');
  if (terms.size() != values.size()) return c.Invalid("equation has other operands"), false;
  int most = 0;
  std::map<char, int> counts;
  for (size_t i = 0; i < terms.size(); ++i) {
    const int dots = terms[i].find("...") == std::string::npos ? 0 : 3;
    const int letters = static_cast<int>(terms[i].size()) - dots;
    const int spread = values[i].rank() - letters;
    if (spread < 0 || (dots == 0 && spread != 0) || spread > kMaxRank)
      return c.Invalid("equation does not fit the ranks of the operands"), false;
    most = std::max(most, spread);
    e->inputs.push_back(Spread(terms[i], spread));
    for (char letter : e->inputs.back()) ++counts[letter];
  }
  if (sides.size() == 2) {
    e->output = Spread(sides[1], most);
  } else {
    e->output = Spread("...", most);
    for (const auto& [letter, count] : counts) {
      if (count == 1 && absl::ascii_isalpha(static_cast<unsigned char>(letter)))
        e->output.push_back(letter);
    }
  }
  for (const auto& [letter, count] : counts) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(letter)))
      return c.Invalid("equation has a letter that is none"), false;
  }
  return true;
}

// x [… i … i …] with only the elements where both axes are equal, and one of the axes: [… i …].
Value Diagonal(Value x, int axis, int other) {
  const Value i = Iota(x.builder(), DType::kInt64, x.shape(), axis);
  const Value k = Iota(x.builder(), DType::kInt64, x.shape(), other);
  return ReduceSum(Select(Equal(i, k), x, 0.0), {.axes = {other}});
}

// Letters that an operand has twice are taken on its diagonal.
void TakeDiagonals(std::string* letters, Value* x) {
  for (size_t i = 0; i < letters->size(); ++i) {
    size_t k = letters->find((*letters)[i], i + 1);
    for (; k != std::string::npos; k = letters->find((*letters)[i], i + 1)) {
      *x = Diagonal(*x, static_cast<int>(i), static_cast<int>(k));
      letters->erase(k, 1);
    }
  }
}

// All letters: those of the result, then those that are summed over. Operands are brought to these
// axes, with 1 where they lack one, and multiplied.
void ImportEinsum(NodeImport& c) {
  std::vector<Value> values = c.all_inputs();
  if (!c.ok()) return;
  Equation e;
  if (!ParseEquation(c, values, &e)) return;
  for (size_t i = 0; i < values.size(); ++i) TakeDiagonals(&e.inputs[i], &values[i]);
  if (!c.ok()) return;
  std::string letters = e.output;
  for (const std::string& term : e.inputs) {
    for (char letter : term) {
      if (letters.find(letter) == std::string::npos) letters.push_back(letter);
    }
  }
  if (letters.size() > kMaxRank) return c.Unsupported("more than 8 letters");
  Value y;
  for (size_t i = 0; i < values.size(); ++i) {
    std::vector<int64_t> perm;
    Shape shape;
    for (char letter : letters) {
      const size_t at = e.inputs[i].find(letter);
      if (at != std::string::npos) perm.push_back(static_cast<int64_t>(at));
      shape.push_back(at == std::string::npos ? Dim(1) : values[i].dim(static_cast<int>(at)));
    }
    const Value x = Reshape(perm.size() < 2 ? values[i] : Transpose(values[i], perm), shape);
    y = y.valid() ? y * x : x;
  }
  std::vector<int64_t> summed;
  for (size_t a = e.output.size(); a < letters.size(); ++a)
    summed.push_back(static_cast<int64_t>(a));
  for (char letter : e.output) {
    if (std::count(e.output.begin(), e.output.end(), letter) > 1 || !c.ok())
      return c.Invalid("equation has a letter twice in its result");
  }
  c.out(0, summed.empty() ? y : ReduceSum(y, {.axes = summed}));
}

constexpr Row kRows[] = {
    {"CumSum", ImportCumSum},
    {"Einsum", ImportEinsum},
    {"Gemm", ImportGemm},
    {"MatMul", ImportMatMul},
};

}  // namespace

absl::Span<const Row> LinearAlgebraRows() { return kRows; }

}  // namespace dagrad::onnx
