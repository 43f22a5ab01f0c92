// Ops that go along an axis step by step, and the convolution that stands beside them.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

using Slices = absl::Span<const Value>;

void ImportCumProd(NodeImport& c) {
  const Value x = c.in(0);
  const int axis = AxisOf(c, c.Integer(1, 0), x.rank());
  if (!c.ok()) return;
  const bool exclusive = c.Int("exclusive", 0) != 0;
  const Value slices = MoveAxis(x, axis, 0);
  const Shape of_slice(absl::MakeConstSpan(slices.shape().dims()).subspan(1));
  const ScanResult r = Scan({Full(x.builder(), x.dtype(), of_slice, 1)}, {slices},
                            [&](GraphBuilder&, Slices before, Slices slice) {
                              const Value product = before[0] * slice[0];
                              return ScanStep{product, exclusive ? before[0] : product};
                            },
                            {.reverse = c.Int("reverse", 0) != 0});
  if (!r.outputs.empty()) c.out(0, MoveAxis(r.outputs[0], 0, axis));
}

// y[b, c, t] = Σ_j w[c, 0, j] x'[b, c, t + j] + bias[c], x' being the past and then x.
void ImportCausalConvWithState(NodeImport& c) {
  const Value x = c.in(0), w = c.in(1);
  if (c.IsNotOfRank(0, 3) || c.IsNotOfRank(1, 3)) return;
  const int64_t channels = KnownDim(c, w, 0), taps = KnownDim(c, w, 2);
  const bool is_silu = c.Choice("activation", "none", {"none", "silu", "swish"}) != "none";
  if (taps < 1) c.Invalid("a weight without taps");
  if (!c.ok()) return;
  const Dim batch = x.shape().dim(0), length = x.shape().dim(2);
  const Value past =
      c.has(3) ? c.in(3) : Full(x.builder(), x.dtype(), {batch, channels, taps - 1}, 0);
  const Value all = Concat({past, x}, 2);
  const Value image = Reshape(Transpose(all, {0, 2, 1}), {batch, 1, length + (taps - 1), channels});
  const Value filter = Reshape(Transpose(w, {2, 1, 0}), {1, taps, 1, channels});
  Value y = Reshape(Conv2D(image, filter, {.groups = channels}), {batch, length, channels});
  if (c.has(2)) y = y + c.in(2);
  if (is_silu) y = y * Sigmoid(y);
  c.out(0, Transpose(y, {0, 2, 1}));
  c.out(1, SliceAxis(all, 2, {.start = length}));
}

// [batch, time, heads·size] as [time, batch, heads, size].
Value HeadsOf(NodeImport& c, Value x, int64_t heads) {
  if (!c.ok()) return x;
  const int64_t width = KnownDim(c, x, 2);
  if (c.ok() && (heads < 1 || width % heads != 0))
    c.Invalid(absl::StrCat(width, " numbers for ", heads, " heads"));
  if (!c.ok()) return x;
  const Shape s = x.shape();
  return Transpose(Reshape(x, {s.dim(0), s.dim(1), heads, width / heads}), {1, 0, 2, 3});
}

// `x` [a, …, z] as [a, …, z, 1], or [a, …, 1, z].
Value Column(Value x) {
  Shape s = x.shape();
  s.push_back(1);
  return Reshape(x, s);
}
Value RowOf(Value x) {
  Shape s = x.shape();
  const Dim last = s.dim(s.rank() - 1);
  s.set_dim(s.rank() - 1, 1);
  s.push_back(last);
  return Reshape(x, s);
}

// Input i in the dtype in which a state adds up: float32 for 16 bits.
Value Wide(NodeImport& c, int i) {
  const Value x = c.in(i);
  return x.valid() && DTypeSize(x.dtype()) == 2 ? Cast(x, DType::kFloat32) : x;
}

// S_t = exp(g_t) S_{t-1} + β_t k_t ⊗ (v_t - S'ᵀ k_t), S' being the first term, or k_t ⊗ v_t for
// rules without delta; o_t = scale q_tᵀ S_t. The queries of a group share a state.
void ImportLinearAttention(NodeImport& c) {
  const std::string rule =
      c.Choice("update_rule", "gated_delta", {"linear", "gated", "delta", "gated_delta"});
  const bool gated = rule == "gated" || rule == "gated_delta";
  const bool delta = rule == "delta" || rule == "gated_delta";
  for (int i = 0; i < 3; ++i) c.IsNotOfRank(i, 3);
  const int64_t q_heads = c.Int("q_num_heads", 0), heads = c.Int("kv_num_heads", 0);
  if (heads < 1 || q_heads % heads != 0)
    return c.Invalid(absl::StrCat(q_heads, " heads of queries for ", heads, " of keys"));
  const Value q = HeadsOf(c, Wide(c, 0), q_heads), k = HeadsOf(c, Wide(c, 1), heads),
              v = HeadsOf(c, Wide(c, 2), heads);
  if (!c.ok()) return;
  const Dim time = q.shape().dim(0), batch = q.shape().dim(1), size = q.shape().dim(3),
            v_size = v.shape().dim(3);
  std::vector<Value> slices = {Reshape(q, {time, batch, heads, q_heads / heads, size}), RowOf(k),
                               RowOf(v)};
  if (gated) slices.push_back(Column(Exp(HeadsOf(c, Wide(c, 4), heads))));
  if (delta) {
    const Value beta = Wide(c, 5);
    if (!c.ok()) return;
    slices.push_back(Column(HeadsOf(c, beta, KnownDim(c, beta, 2))));
  }
  const Value past =
      c.has(3) ? Wide(c, 3) : Full(q.builder(), q.dtype(), {batch, heads, size, v_size}, 0);
  if (!c.ok()) return;
  double scale = c.Real("scale", 0);
  if (scale == 0) scale = 1 / std::sqrt(static_cast<double>(KnownDim(c, q, 3)));
  const ScanResult r = Scan({past}, slices, [&](GraphBuilder&, Slices before, Slices now) {
    const Value kept = gated ? now[3] * before[0] : before[0];
    const Value update = delta ? now.back() * (now[2] - MatMul(now[1], kept)) : now[2];
    const Value state = kept + Transpose(now[1], {0, 1, 3, 2}) * update;
    return ScanStep{state, MatMul(now[0], state) * scale};
  });
  if (!c.ok() || r.outputs.empty()) return;
  const Value y =
      Reshape(Transpose(r.outputs[0], {1, 0, 2, 3, 4}), {batch, time, q_heads * v_size});
  c.out(0, Cast(y, c.dtype(0)));
  c.out(1, Cast(r.carried[0], c.dtype(0)));
}

constexpr Row kRows[] = {
    {"CausalConvWithState", ImportCausalConvWithState, 4},
    {"CumProd", ImportCumProd, 2},
    {"LinearAttention", ImportLinearAttention, 6},
};

}  // namespace

absl::Span<const Row> RecurrenceRows() { return kRows; }

}  // namespace dagrad::onnx
