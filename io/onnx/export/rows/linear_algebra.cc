// Matrices.
#include <algorithm>
#include <utility>
#include <vector>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

bool HasDType(const NodeExport& c) { return kWideNumbers.Contains(c.dtype(0)); }
bool IsSameMatMul(const NodeExport& c) {
  return HasDType(c) && !c.attr<bool>("transpose_a") && !c.attr<bool>("transpose_b");
}

void WriteMatMul(NodeExport& c) {
  const auto operand = [&c](int i, const char* transposed) {
    Perm perm = IdentityPerm(c.rank(i));
    if (c.attr<bool>(transposed)) std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
    return c.in(i, perm);
  };
  const std::vector<Var> operands = {operand(0, "transpose_a"), operand(1, "transpose_b")};
  const auto multiply = [&c](const std::vector<Var>& v) { return c.MatMul(v[0], v[1]); };
  c.out(0, HasDType(c) ? multiply(operands) : Widened(c, operands, multiply));
}

// Of a sparse matrix, with equally many terms in each row.
struct EvenRows {
  std::vector<int64_t> columns;
  std::vector<double> values;
  std::vector<bool> empty;  // by row: whether it has no terms, and what stands here means nothing
};

// In a row that has fewer terms than others, the last is cut in equal parts: nothing is multiplied
// by 0, which would be NaN of what is infinite.
EvenRows EvenRowsOf(const std::vector<int64_t>& starts, const std::vector<int64_t>& columns,
                    const std::vector<double>& values, int64_t terms) {
  EvenRows even;
  for (size_t i = 0; i + 1 < starts.size(); ++i) {
    const int64_t begin = starts[i], count = starts[i + 1] - begin;
    const int64_t last = count == 0 ? 0 : begin + count - 1;
    const auto parts = static_cast<double>(terms - count + 1);
    even.empty.push_back(count == 0);
    for (int64_t t = begin; t < begin + terms; ++t) {
      even.columns.push_back(columns[std::min(t, last)]);
      even.values.push_back(t < last ? values[t] : values[last] / parts);
    }
  }
  return even;
}

// x's axis is gathered as [rows, terms], multiplied, and the terms summed.
void WriteSparseMatMul(NodeExport& c) {
  using Ints = std::vector<int64_t>;
  const Ints& starts = c.attr<Ints>("row_starts");
  const Ints& columns = c.attr<Ints>("columns");
  const int64_t axis = FromZero(c.attr<int64_t>("axis"), c.rank(0));
  const auto rows = static_cast<int64_t>(starts.size()) - 1;
  if (columns.empty())
    return c.out(0, c.Op("Expand", {c.Scalar(0, c.dtype(0)), c.SizesOf(c.out_shape())}));
  int64_t terms = 1;
  for (int64_t i = 0; i < rows; ++i) terms = std::max(terms, starts[i + 1] - starts[i]);
  if (rows > (int64_t{1} << 26) / terms) return c.Unsupported("of rows with many elements");
  const EvenRows even = EvenRowsOf(starts, columns, c.attr<std::vector<double>>("values"), terms);
  Dims along(static_cast<size_t>(c.rank(0) - axis + 1), 1);
  along[0] = rows;
  auto empty = Tensor::Allocate(DType::kBool, Dims(along.begin(), along.end() - 1));
  along[1] = terms;
  const auto values = Tensor::Of<double>(along, even.values).Cast(c.dtype(0));
  if (!empty.ok() || !values.ok()) return c.Unsupported("of so many elements");
  const Var places = c.Constant(Tensor::Of<int64_t>({rows, terms}, even.columns));
  const Var products = c.Op("Gather", {c.in(0), places}, {{"axis", axis}}) * c.Constant(*values);
  const Var sums = c.Reduce("ReduceSum", products, {axis + 1}, false);
  if (std::find(even.empty.begin(), even.empty.end(), true) == even.empty.end())
    return c.out(0, sums);
  std::copy(even.empty.begin(), even.empty.end(), empty->mutable_data<bool>().begin());
  c.out(0, c.Where(c.Constant(*empty), c.Scalar(0, c.dtype(0)), sums));
}

// Gram and Schmidt's process, each column made orthogonal to those before it twice, which leaves
// rounding errors alone.
void WriteOrthonormalize(NodeExport& c) {
  constexpr int64_t kMost = 256;
  const Dim& columns = c.shape(0).dim(1);
  if (!columns.is_known() || columns.value() > kMost)
    return c.Unsupported("of more than 256 columns");
  const Var a = c.in(0);
  Var q;
  for (int64_t k = 0; k < columns.value(); ++k) {
    Var v = c.SliceAxis(a, 1, k, k + 1);
    for (int again = 0; again < 2 && k > 0; ++again)
      v = v - c.MatMul(q, c.MatMul(c.Transpose(q, {1, 0}), v));
    const Var norm = Sqrt(c.Reduce("ReduceSum", v * v, {0}));
    const Var zero = c.Scalar(0, norm.dtype);
    v = v / c.Where(Equal(norm, zero), c.Scalar(1, norm.dtype), norm);
    q = k == 0 ? v : c.Concat({q, v}, 1);
  }
  c.out(0, q.valid() ? q : c.Copy(a));
}

constexpr ExportRow kRows[] = {
    {"MatMul", WriteMatMul, IsSameMatMul},
    {"Orthonormalize", WriteOrthonormalize},
    {"SparseMatMul", WriteSparseMatMul},
};

}  // namespace

absl::Span<const ExportRow> LinearAlgebraExportRows() { return kRows; }

}  // namespace dagrad::onnx
