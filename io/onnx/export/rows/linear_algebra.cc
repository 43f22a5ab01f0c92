// Matrices.
#include <utility>

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
};

}  // namespace

absl::Span<const ExportRow> LinearAlgebraExportRows() { return kRows; }

}  // namespace dagrad::onnx
