// Scaled dot-product attention, written out. Heads stand before queries and keys here.
#include <cmath>
#include <limits>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

const Perm kHeadsFirst = {0, 2, 1, 3};  // and back
constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

// Keys or values [batch, kv_heads, length, size] repeated for the heads that share them:
// [batch, heads, length, size].
Var Repeated(NodeExport& c, int i) {
  const Var x = c.in(i, kHeadsFirst);
  const Shape& s = c.shape(i);
  const Dim heads = c.shape(0).dim(2);
  if (s.dim(2) == heads) return x;
  const Dim times = Dim::ExactDiv(heads, s.dim(2)).value_or(Dim(1));
  const Shape many({s.dim(0), s.dim(2), times, s.dim(1), s.dim(3)});
  const Var repeated = c.Op("Expand", {c.Unsqueeze(x, {2}), c.SizesOf(many)});
  return c.Reshape(repeated, {s.dim(0), heads, s.dim(1), s.dim(3)});
}

// The sums over the heads that share keys or values, as the op has them.
Var SummedOverSharers(NodeExport& c, const Var& x, int i) {
  const Shape& s = c.shape(i);
  const Dim heads = c.shape(0).dim(2);
  if (s.dim(2) == heads) return x;
  const Dim times = Dim::ExactDiv(heads, s.dim(2)).value_or(Dim(1));
  const Var apart = c.Reshape(x, {s.dim(0), s.dim(2), times, s.dim(1), s.dim(3)});
  return c.Reduce("ReduceSum", apart, {2}, false);
}

Var Swapped(NodeExport& c, const Var& x) { return c.Transpose(x, {0, 1, 3, 2}); }

double ScaleOf(NodeExport& c) {
  const double scale = c.attr<double>("scale");
  const Dim& size = c.shape(0).dim(3);
  if (scale != 0) return scale;
  if (!size.is_known()) c.Unsupported("a head's size that is a symbol");
  return 1 / std::sqrt(static_cast<double>(std::max<int64_t>(size.value(), 1)));
}

// scale q kᵀ + mask, -inf where a key is not seen. `mask` is the number of that input.
Var Scores(NodeExport& c, const Var& k, double scale, int mask) {
  Var s = c.MatMul(c.in(0, kHeadsFirst), Swapped(c, k)) * scale;
  const Var hidden = c.Scalar(kMinusInfinity, s.dtype);
  if (c.num_inputs() > mask && c.dtype(mask) == DType::kBool) {
    s = c.Where(c.in(mask), s, hidden);
  } else if (c.num_inputs() > mask) {
    s = s + c.in(mask);
  }
  if (c.attr<bool>("is_causal")) {
    const Var query = c.Unsqueeze(Counted(c, c.shape(0).dim(1)), {1});
    s = c.Where(Counted(c, c.shape(1).dim(1)) > query, hidden, s);
  }
  return s;
}

// Of a query that sees no key all weights are 0, and lse is ln 0.
void WriteAttention(NodeExport& c) {
  const Var s = Scores(c, Repeated(c, 1), ScaleOf(c), 3);
  const Var zero = c.Scalar(0, s.dtype);
  const Var largest = c.Reduce("ReduceMax", s, {-1});
  const Var shift = c.Where(Equal(largest, c.Scalar(kMinusInfinity, s.dtype)), zero, largest);
  const Var exp = Exp(s - shift), sum = c.Reduce("ReduceSum", exp, {-1});
  const Var divisor = c.Where(Equal(sum, zero), c.Scalar(1, s.dtype), sum);
  c.out(0, c.MatMul(exp / divisor, Repeated(c, 2)), kHeadsFirst);
  if (c.wants(1)) c.out(1, c.Squeeze(Log(sum) + shift, {-1}));
}

// P = e^(S - lse), dS = P (dy vᵀ - delta).
void WriteAttentionGrad(NodeExport& c) {
  const double scale = ScaleOf(c);
  const Var k = Repeated(c, 1), v = Repeated(c, 2), dy = c.in(5, kHeadsFirst);
  const Var lse = c.Unsqueeze(c.in(3), {-1});
  const Var unseen = Equal(lse, c.Scalar(kMinusInfinity, lse.dtype));
  const Var p = Exp(Scores(c, k, scale, 6) - c.Where(unseen, c.Scalar(0, lse.dtype), lse));
  const Var delta = c.Unsqueeze(c.in(4, {0, 2, 1}), {-1});
  const Var ds = p * (c.MatMul(dy, Swapped(c, v)) - delta) * scale;
  c.out(0, c.MatMul(ds, k), kHeadsFirst);
  c.out(1, SummedOverSharers(c, c.MatMul(Swapped(c, ds), c.in(0, kHeadsFirst)), 1), kHeadsFirst);
  c.out(2, SummedOverSharers(c, c.MatMul(Swapped(c, p), dy), 2), kHeadsFirst);
}

constexpr ExportRow kRows[] = {
    {"Attention", WriteAttention},
    {"AttentionGrad", WriteAttentionGrad},
};

}  // namespace

absl::Span<const ExportRow> AttentionExportRows() { return kRows; }

}  // namespace dagrad::onnx
