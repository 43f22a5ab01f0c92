// Scaled dot-product attention of opset 23 and later.
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

Value SwapHeads(Value x) { return Transpose(x, {0, 2, 1, 3}); }

// [batch, length, heads, size], as dagrad's Attention has it.
Value Heads(NodeImport& c, int i, absl::string_view heads) {
  const Value x = c.in(i);
  if (!x.valid()) return x;
  if (x.rank() == 4) return SwapHeads(x);
  const int64_t n = c.Int(heads, 0);
  if (x.rank() != 3 || n < 1) return c.Invalid(absl::StrCat("input ", i, " or ", heads)), x;
  const std::optional<Dim> size = Dim::ExactDiv(x.dim(2), Dim(n));
  if (!size.has_value()) return c.Invalid(absl::StrCat(heads, " does not divide input ", i)), x;
  return Reshape(x, {x.dim(0), x.dim(1), Dim(n), *size});
}

struct Parts {
  Value q, k, v;
  Dim past = 0;   // keys before those of this call
  Value lengths;  // of keys that are no padding, [batch]; invalid: all
};

// Position of each query minus that of each key, [q_len, kv_len], or [batch, 1, q_len, kv_len].
Value Distances(NodeImport& c, const Parts& p) {
  const Dim q_len = p.q.dim(1), kv_len = p.k.dim(1);
  const Value query = Iota(c.builder(), DType::kInt64, {q_len, Dim(1)}, 0);
  const Value key = Iota(c.builder(), DType::kInt64, {Dim(1), kv_len}, 1);
  if (!p.lengths.valid()) return query - key + DimValue(c.builder(), p.past);
  const Value offset = Cast(p.lengths, DType::kInt64) - DimValue(c.builder(), q_len);
  return query - key + Reshape(offset, {p.lengths.dim(0), Dim(1), Dim(1), Dim(1)});
}

// Which keys a query may see, apart from the mask that is given; invalid: all.
Value Allowed(NodeImport& c, const Parts& p) {
  Value allowed;
  const auto also = [&allowed](Value v) { allowed = allowed.valid() ? LogicalAnd(allowed, v) : v; };
  const int64_t left = c.Int("left_window_size", -1), right = c.Int("right_window_size", -1);
  const bool causal = c.Int("is_causal", 0) != 0;
  if (causal || left >= 0 || right >= 0) {
    const Value distance = Distances(c, p);
    if (causal) also(GreaterEqual(distance, 0.0));
    if (left >= 0) also(LessEqual(distance, static_cast<double>(left)));
    if (right >= 0) also(GreaterEqual(distance, -static_cast<double>(right)));
  }
  if (p.lengths.valid()) {
    const Value key = Iota(c.builder(), DType::kInt64, {Dim(1), Dim(1), Dim(1), p.k.dim(1)}, 3);
    const Value lengths = Cast(p.lengths, DType::kInt64);
    also(Less(key, Reshape(lengths, {lengths.dim(0), Dim(1), Dim(1), Dim(1)})));
  }
  return allowed;
}

// What is added to the scores: 0, -inf or the mask's numbers; invalid: nothing. A mask that has
// fewer keys does not allow the others.
Value Bias(NodeImport& c, const Parts& p) {
  const DType dtype = p.q.dtype();
  const Value allowed = Allowed(c, p);
  Value bias;
  if (allowed.valid()) bias = Select(allowed, Full(c.builder(), dtype, Shape(), 0), kMinusInfinity);
  if (!c.has(3)) return bias;
  Value mask = c.in(3);
  if (mask.dtype() == DType::kBool)
    mask = Select(mask, Full(c.builder(), dtype, Shape(), 0), kMinusInfinity);
  if (mask.rank() > 0 && !(mask.dim(-1) == p.k.dim(1)) && !(mask.dim(-1) == Dim(1))) {
    Shape rest = mask.shape();
    SetDim(&rest, -1, p.k.dim(1) - mask.dim(-1));
    mask = Concat({mask, Full(c.builder(), dtype, rest, kMinusInfinity)}, -1);
  }
  return bias.valid() ? bias + mask : mask;
}

// Heads of keys or values repeated for those of the queries that share them: [batch, heads, …].
Value Repeated(Value x, const Dim& heads) {
  const std::optional<Dim> times = Dim::ExactDiv(heads, x.dim(2));
  Value y = SwapHeads(x);
  if (!times.has_value() || *times == Dim(1)) return y;
  const Shape apart({y.dim(0), y.dim(1), Dim(1), y.dim(2), y.dim(3)});
  Shape many = apart;
  SetDim(&many, 2, *times);
  return Reshape(BroadcastTo(Reshape(y, apart), many), {y.dim(0), heads, y.dim(2), y.dim(3)});
}

// Written out, with the scores as a whole: for soft caps and where they are wanted themselves.
Value ByScores(NodeImport& c, const Parts& p, Value bias, double scale) {
  const Dim heads = p.q.dim(2);
  const double softcap = c.Real("softcap", 0);
  const int64_t mode = c.Int("qk_matmul_output_mode", 0);
  Value scores = MatMul(SwapHeads(p.q), Repeated(p.k, heads), {.transpose_b = true}) * scale;
  if (mode == 0) c.out(3, scores);
  if (softcap > 0) scores = Tanh(scores * (1 / softcap)) * softcap;
  if (mode == 1) c.out(3, scores);
  if (bias.valid()) scores = scores + bias;
  if (mode == 2) c.out(3, scores);
  // Of a row without keys all weights are 0.
  const Value largest = ReduceMax(scores, {.axes = {-1}, .keepdims = true});
  const Value exp = Exp(scores - Select(IsFinite(largest), largest, 0.0));
  const Value sum = ReduceSum(exp, {.axes = {-1}, .keepdims = true});
  const Value weights = exp / Select(Equal(sum, 0.0), 1.0, sum);
  if (mode == 3) c.out(3, weights);
  return SwapHeads(MatMul(weights, Repeated(p.v, heads)));
}

void ImportAttention(NodeImport& c) {
  Parts p = {.q = Heads(c, 0, "q_num_heads"),
             .k = Heads(c, 1, "kv_num_heads"),
             .v = Heads(c, 2, "kv_num_heads")};
  if (!c.ok()) return;
  if (c.has(4) != c.has(5)) return c.Invalid("past_key and past_value come together");
  if (c.has(4)) {
    p.past = c.shape(4).dim(2);
    p.k = Concat({SwapHeads(c.in(4)), p.k}, 1);
    p.v = Concat({SwapHeads(c.in(5)), p.v}, 1);
  }
  if (c.has(6)) p.lengths = c.in(6);
  const Dim size = p.q.dim(3);
  if (!size.is_known() || !c.ok()) return c.Unsupported("a head's size that is a symbol");
  const double scale = c.Real("scale", 1 / std::sqrt(static_cast<double>(size.value())));
  const Value bias = Bias(c, p);
  Value y;
  if (c.Real("softcap", 0) > 0 || c.wants(3)) {
    y = ByScores(c, p, bias, scale);
  } else {
    y = Attention(p.q, p.k, p.v, {.mask = bias, .scale = scale}).y;
  }
  c.out(0, c.rank(0) == 4 ? SwapHeads(y) : Reshape(y, {y.dim(0), y.dim(1), y.dim(2) * y.dim(3)}));
  if (c.wants(1)) c.out(1, SwapHeads(p.k));
  if (c.wants(2)) c.out(2, SwapHeads(p.v));
}

// Pairs of elements turned by the angles of their positions: in the first `rotary` elements of each
// head, either neighbours (interleaved) or one from each half.
void ImportRotaryEmbedding(NodeImport& c) {
  const Value x = Heads(c, 0, "num_heads");  // [batch, length, heads, size]
  Value cos = c.in(1), sin = c.in(2);
  if (!c.ok() || !x.dim(3).is_known()) return c.Unsupported("a head's size that is a symbol");
  const int64_t size = x.dim(3).value(), given = c.Int("rotary_embedding_dim", 0);
  const int64_t rotary = given == 0 ? size : given;
  if (rotary < 2 || rotary > size || rotary % 2 != 0) return c.Invalid("rotary_embedding_dim");
  if (c.has(3)) {
    cos = Gather(cos, c.in(3));
    sin = Gather(sin, c.in(3));
  }
  cos = ExpandDims(cos, 2);
  sin = ExpandDims(sin, 2);
  const bool interleaved = c.Int("interleaved", 0) != 0;
  const auto part = [&](int64_t from, int64_t to, int64_t stride) {
    return SliceAxis(x, 3, {.start = Dim(from), .limit = Dim(to), .stride = stride});
  };
  const int64_t half = rotary / 2;
  const Value a = interleaved ? part(0, rotary, 2) : part(0, half, 1);
  const Value b = interleaved ? part(1, rotary, 2) : part(half, rotary, 1);
  const Value real = a * cos - b * sin, imaginary = a * sin + b * cos;
  Value y = Concat({real, imaginary}, -1);
  if (interleaved)
    y = Reshape(Stack({real, imaginary}, -1), {x.dim(0), x.dim(1), x.dim(2), Dim(rotary)});
  if (rotary < size) y = Concat({y, part(rotary, size, 1)}, -1);
  c.out(0, c.rank(0) == 4 ? SwapHeads(y) : Reshape(y, {y.dim(0), y.dim(1), y.dim(2) * y.dim(3)}));
}

constexpr Row kRows[] = {
    {"Attention", ImportAttention, 7},
    {"RotaryEmbedding", ImportRotaryEmbedding, 4},
};

}  // namespace

absl::Span<const Row> AttentionRows() { return kRows; }

}  // namespace dagrad::onnx
