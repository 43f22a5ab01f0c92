#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul_internal.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;

absl::Status CheckMatrix(const Ints& row_starts, size_t columns, size_t values) {
  const bool good = !row_starts.empty() && row_starts.front() == 0 &&
                    std::is_sorted(row_starts.begin(), row_starts.end()) &&
                    row_starts.back() == static_cast<int64_t>(columns) && columns == values;
  if (good) return absl::OkStatus();
  return InferContext::Fail(
      "sparse_mat_mul_c2",
      absl::StrCat(row_starts.size(), " row_starts from ", row_starts.empty() ? 0 : row_starts[0],
                   " to ", row_starts.empty() ? 0 : row_starts.back(), " for ", columns,
                   " columns and ", values, " values"));
}

absl::Status CheckColumns(const Ints& columns, const Dim& size) {
  if (columns.empty()) return absl::OkStatus();
  const auto [least, most] = std::minmax_element(columns.begin(), columns.end());
  if (size.is_known() && *least >= 0 && *most < size.value()) return absl::OkStatus();
  return InferContext::Fail("sparse_mat_mul_c3",
                            absl::StrCat("columns ", *least, " to ", *most, " of an axis of ",
                                         size.ToString(), " elements"));
}

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(
      const int axis,
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), x.rank(), "sparse_mat_mul_c1"));
  const Ints& row_starts = c.attr<Ints>("row_starts");
  const Ints& columns = c.attr<Ints>("columns");
  DAGRAD_RETURN_IF_ERROR(
      CheckMatrix(row_starts, columns.size(), c.attr<std::vector<double>>("values").size()));
  DAGRAD_RETURN_IF_ERROR(CheckColumns(columns, x.dim(axis)));
  Shape y;
  for (int a = 0; a < x.rank(); ++a)
    y.push_back(a == axis ? Dim(static_cast<int64_t>(row_starts.size()) - 1) : x.dim(a));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

// y = A x along the axis, so x̄ = Aᵀ ȳ. Where the axis' size is not known, A has no elements.
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const int64_t axis = c.attr<int64_t>("axis");
  const Shape& x = c.input(0).shape();
  const Dim& size = x.dim(static_cast<int>(axis < 0 ? axis + x.rank() : axis));
  if (!size.is_known()) return absl::OkStatus();  // no element of x is in y
  const SparseMatrix a = {c.attr<Ints>("row_starts"), c.attr<Ints>("columns"),
                          c.attr<std::vector<double>>("values")};
  c.SetGrad(0, SparseMatMul(Transposed(a, size.value()), c.cotangent(), {.axis = axis}));
  return absl::OkStatus();
}

// 2 operations for each of the matrix's elements, with each vector of x that meets it.
OpCost Cost(const CostContext& c) {
  const double x = static_cast<double>(NumElements(c.inputs[0]));
  const double y = static_cast<double>(NumElements(c.outputs[0]));
  const double rows = static_cast<double>(c.attrs.Get<Ints>("row_starts").size()) - 1;
  const double elements = static_cast<double>(c.attrs.Get<Ints>("columns").size());
  return {.flops = rows > 0 ? 2 * elements * (y / rows) : 0, .bytes = 4 * (x + y)};
}

OpDef Make() {
  return {
      .name = "SparseMatMul",
      .label = "sparse_mat_mul",
      .doc =
          "The product of a constant sparse matrix (CSR) with an axis of x:\n"
          "y[..., i, ...] = sum of values[t] * x[..., columns[t], ...] over row i's t.",
      .inputs = {{"x", kFloatTypes, "T", "tensor of rank 1 or more"}},
      .outputs = {{"y", kFloatTypes, "T", "x with the matrix's rows in place of axis"}},
      .attrs = {{"row_starts", AttrKind::kInts, std::nullopt,
                 "where each row begins in columns and values, and the end of the last"},
                {"columns", AttrKind::kInts, std::nullopt, "of each element"},
                {"values", AttrKind::kFloats, std::nullopt, "of each element"},
                {"axis", AttrKind::kInt, 0, "axis of x that the columns meet"}},
      .constraints = {{"sparse_mat_mul_c1", "axis is in [-rank, rank)"},
                      {"sparse_mat_mul_c2",
                       "row_starts rise from 0 to the count of columns, which is that of "
                       "values"},
                      {"sparse_mat_mul_c3", "columns are in [0, d), d the size of axis, a number"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = ops::sparse_mat_mul_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::sparse_mat_mul_internal::MakeSamples};
}

}  // namespace

SparseMatrix Transposed(const SparseMatrix& a, int64_t columns) {
  SparseMatrix t;
  t.row_starts.assign(static_cast<size_t>(columns) + 1, 0);
  t.columns.resize(a.columns.size());
  t.values.resize(a.values.size());
  for (int64_t c : a.columns) ++t.row_starts[static_cast<size_t>(c) + 1];
  for (size_t c = 0; c < static_cast<size_t>(columns); ++c) t.row_starts[c + 1] += t.row_starts[c];
  Ints next(t.row_starts.begin(), t.row_starts.end() - 1);
  for (int64_t row = 0; row < a.rows(); ++row) {
    for (int64_t k = a.row_starts[row]; k < a.row_starts[row + 1]; ++k) {
      const int64_t to = next[a.columns[k]]++;
      t.columns[to] = row;
      t.values[to] = a.values[k];
    }
  }
  return t;
}

namespace ops {
const OpDef& SparseMatMulOp() { return Singleton<Make>(); }
}  // namespace ops

Value SparseMatMul(const SparseMatrix& a, Operand x, const SparseMatMulOptions& options) {
  return AddNode(ops::SparseMatMulOp(), {x},
                 {{"row_starts", a.row_starts},
                  {"columns", a.columns},
                  {"values", a.values},
                  {"axis", options.axis}});
}

}  // namespace dagrad
