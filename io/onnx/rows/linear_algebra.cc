// Products of matrices and sums.
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/einsum/einsum.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/reduction/cum_sum/cum_sum.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// Of unsigned integers in int64, whose low bits are theirs.
Value Product(Value a, Value b, const MatMulOptions& options = {}) {
  const DType dtype = a.dtype();
  const bool is_unsigned = IsInteger(dtype) && !kSignedTypes.Contains(dtype);
  if (!is_unsigned || b.dtype() != dtype) return MatMul(a, b, options);
  return Cast(MatMul(Cast(a, DType::kInt64), Cast(b, DType::kInt64), options), dtype);
}

void ImportMatMul(NodeImport& c) {
  const Value a = c.in(0), b = c.in(1);
  c.out(0, Product(a, b));
}

bool HasFraction(double number) { return number != std::floor(number); }

// alpha·a·b + beta·c. Of integers with factors that are none in float64, cut off at the end.
void ImportGemm(NodeImport& c) {
  if (c.IsNotOfRank(0, 2) || c.IsNotOfRank(1, 2)) return;
  const double alpha = c.Real("alpha", 1), beta = c.Real("beta", 1);
  const bool is_cut = IsInteger(c.dtype(0)) && (HasFraction(alpha) || HasFraction(beta));
  const auto in = [&](int i) { return is_cut ? InDType(c.in(i), DType::kFloat64) : c.in(i); };
  Value y =
      Product(in(0), in(1),
              {.transpose_a = c.Int("transA", 0) != 0, .transpose_b = c.Int("transB", 0) != 0});
  if (alpha != 1) y = y * alpha;
  if (c.has(2) && beta != 0) y = y + (beta == 1 ? in(2) : in(2) * beta);
  c.out(0, InDType(y, c.dtype(0)));
}

void ImportCumSum(NodeImport& c) {
  if (c.IsMissing(1)) return;
  const Value x = c.in(0);
  const int64_t axis = c.Integer(1, 0);
  const bool exclusive = c.Int("exclusive", 0) != 0, reverse = c.Int("reverse", 0) != 0;
  if (c.ok()) c.out(0, CumSum(x, {.axis = axis, .exclusive = exclusive, .reverse = reverse}));
}

void ImportEinsum(NodeImport& c) {
  const std::vector<Value> values = c.all_inputs();
  if (c.ok()) c.out(0, Einsum(c.Text("equation", ""), values));
}

// Determinants by elimination, with the largest element of each column as its pivot: the product of
// these, with the sign of their order. Where a column has none but zeros, the determinant is 0, and
// its gradient lacks the terms of the other elements of that column.
void ImportDet(NodeImport& c) {
  Value a = c.in(0);
  if (!c.ok() || a.rank() < 2 || !(a.dim(-2) == a.dim(-1))) return c.Invalid("no square matrices");
  const int rank = a.rank();
  const int64_t n = KnownDim(c, a, rank - 1);
  constexpr int64_t kMost = 64;
  if (!c.ok() || n > kMost) return c.Unsupported(absl::StrCat("a determinant of ", n, " rows"));
  const Shape batch(absl::MakeConstSpan(a.shape().dims()).subspan(0, rank - 2));
  if (n == 0) return c.out(0, Full(c.builder(), a.dtype(), batch, 1));
  const auto cut = [](Value v, int axis, int64_t start, int64_t limit) {
    return SliceAxis(v, axis, {.start = Dim(start), .limit = Dim(limit)});
  };
  Value det;
  for (int64_t m = n; m > 0; --m) {
    const Value at = ArgMax(Abs(cut(a, -1, 0, 1)), {.axis = -2, .keepdims = true});
    const Value is_pivot = Equal(Iota(c.builder(), DType::kInt64, {Dim(m), Dim(1)}, 0), at);
    const Value row = ReduceSum(Select(is_pivot, a, 0.0), {.axes = {-2}, .keepdims = true});
    const Value pivot = cut(row, -1, 0, 1);
    const Value factor = Select(Equal(at, 0.0), pivot, pivot * -1.0);
    det = det.valid() ? det * factor : factor;
    if (m == 1) break;
    // The first row stands where the pivot's stood.
    const Value rest = Select(cut(is_pivot, -2, 1, m), cut(a, -2, 0, 1), cut(a, -2, 1, m));
    const Value share = cut(rest, -1, 0, 1) / Select(Equal(pivot, 0.0), 1.0, pivot);
    a = cut(rest, -1, 1, m) - share * cut(row, -1, 1, m);
  }
  c.out(0, Reshape(det, batch));
}

constexpr Row kRows[] = {
    {"CumSum", ImportCumSum, 2}, {"Det", ImportDet, 1},       {"Einsum", ImportEinsum, kAnyNumber},
    {"Gemm", ImportGemm, 3},     {"MatMul", ImportMatMul, 2},
};

}  // namespace

absl::Span<const Row> LinearAlgebraRows() { return kRows; }

}  // namespace dagrad::onnx
