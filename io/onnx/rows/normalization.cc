// Normalizations.
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// In which dtype values of these dtypes are computed together: theirs, if it is one.
DType CommonDType(NodeImport& c, absl::Span<const Value> values) {
  DType common = values[0].dtype();
  for (const Value& v : values) {
    if (!IsFloating(v.dtype())) return c.Invalid("an input is not of floats"), common;
    if (v.dtype() == common) continue;
    const bool has_double = v.dtype() == DType::kFloat64 || common == DType::kFloat64;
    common = has_double ? DType::kFloat64 : DType::kFloat32;
  }
  return common;
}

// Statistics of the batch where training_mode says so, which then move the running ones. x, scale
// and offset, and the statistics may be of three dtypes.
void ImportBatchNormalization(NodeImport& c) {
  const BatchNormOptions options = {.epsilon = c.Real("epsilon", 1e-5)};
  // Before opset 14 a node that has the statistics as outputs is in training.
  const bool training = c.version() < 14 ? c.wants(1) : c.Int("training_mode", 0) != 0;
  const double momentum = c.Real("momentum", 0.9);
  std::array<Value, 5> in = {c.in_channels_last(0), c.in(1), c.in(2), c.in(3), c.in(4)};
  if (!c.ok()) return;
  for (const int i : {3, 4}) c.imported(i)->is_statistic = true;
  if (c.version() < 9 && c.Int("spatial", 1) == 0) return c.Unsupported("spatial = 0");
  const DType of_x = in[0].dtype(), of_mean = in[3].dtype(), of_variance = in[4].dtype();
  const DType common = CommonDType(c, in);
  if (!c.ok()) return;
  for (Value& v : in) v = InDType(v, common);
  const auto& [x, gamma, beta, mean, variance] = in;
  if (!training) {
    // Exporters list statistics that nothing reads.
    for (const int i : {1, 3}) c.out(i, InDType(mean, of_mean));
    for (const int i : {2, 4}) c.out(i, InDType(variance, of_variance));
    const Value y = BatchNormInference(x, gamma, beta, mean, variance, options);
    return c.out_channels_last(0, InDType(y, of_x));
  }
  const BatchNormResult r = BatchNorm(x, gamma, beta, options);
  c.out_channels_last(0, InDType(r.y, of_x));
  c.out(1, InDType(mean * momentum + r.mean * (1 - momentum), of_mean));
  c.out(2, InDType(variance * momentum + r.variance * (1 - momentum), of_variance));
  c.out(3, InDType(r.mean, of_mean));
  c.out(4, InDType(r.variance, of_variance));
}

// (x - mean) / √(variance + epsilon) over `axes`.
Value Normalized(Value x, const std::vector<int64_t>& axes, double epsilon) {
  const ReduceOptions over = {.axes = axes, .keepdims = true};
  const Value centered = x - ReduceMean(x, over);
  return centered * Rsqrt(ReduceMean(Square(centered), over) + epsilon);
}

// A vector of the channels as [C, 1, …] for an x of `rank`.
Value PerChannel(Value v, int rank) {
  Shape shape({v.dim(0)});
  while (shape.rank() + 1 < rank) shape.push_back(1);
  return Reshape(v, shape);
}

std::vector<int64_t> AxesFrom(int first, int rank) {
  std::vector<int64_t> axes;
  for (int a = first; a < rank; ++a) axes.push_back(a);
  return axes;
}

void ImportInstanceNormalization(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1), bias = c.in(2);
  if (!c.ok()) return;
  if (x.rank() < 3) return c.Invalid("the input is of rank 3 at least");
  const Value y = Normalized(Widened(x), AxesFrom(2, x.rank()), c.Real("epsilon", 1e-5));
  const auto per_channel = [&x](Value v) { return PerChannel(Widened(v), x.rank()); };
  c.out(0, InDType(y * per_channel(scale) + per_channel(bias), x.dtype()));
}

// Groups of channels; scale and bias are per channel, before opset 21 per group. What is normalized
// is rounded to x's dtype before it is scaled.
void ImportGroupNormalization(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1), bias = c.in(2);
  if (!c.ok() || x.rank() < 3) return c.Invalid("the input is of rank 3 at least");
  const int64_t groups = c.Int("num_groups", 0), channels = KnownDim(c, x, 1);
  if (!c.ok() || groups < 1 || channels % groups != 0) return c.Invalid("num_groups");
  Shape apart({x.dim(0), Dim(groups), Dim(channels / groups)});
  for (int a = 2; a < x.rank(); ++a) apart.push_back(x.dim(a));
  const Value wide =
      Normalized(Widened(Reshape(x, apart)), AxesFrom(2, apart.rank()), c.Real("epsilon", 1e-5));
  const Value y = InDType(wide, x.dtype());
  if (c.version() >= 21) {
    const Value joined = Reshape(y, x.shape());
    return c.out(0, joined * PerChannel(scale, x.rank()) + PerChannel(bias, x.rank()));
  }
  const Value scaled = y * PerChannel(scale, apart.rank()) + PerChannel(bias, apart.rank());
  c.out(0, Reshape(scaled, x.shape()));
}

// Whether input i, where it is there, broadcasts to `shape`.
bool IsOfShape(NodeImport& c, int i, const Shape& shape) {
  if (!c.has(i)) return true;
  const absl::StatusOr<Shape> both = BroadcastShapes(c.shape(i), shape);
  return both.ok() && *both == shape;
}

// The statistics, of halves in particular, are of the dtype stash_type. A scale or bias that is not
// of the normalized axes alone is applied behind.
void ImportLayerNormalization(NodeImport& c) {
  const Value given = c.in(0);
  if (!given.valid()) return;
  const DType stash = c.DTypeAttribute("stash_type", DType::kFloat32);
  if (!IsFloating(stash)) return c.Invalid("stash_type");
  const int axis = AxisOf(c, c.Int("axis", -1), given.rank());
  Shape row;
  for (int a = axis; a < given.rank(); ++a) row.push_back(given.dim(a));
  const bool is_of_rows = IsOfShape(c, 1, row) && IsOfShape(c, 2, row);
  const bool is_wide = c.wants(1) || c.wants(2) || !is_of_rows;
  const Value x = is_wide ? Widened(given) : given;
  const auto parameter = [&](int i) { return is_wide ? Widened(c.in(i)) : c.in(i); };
  const auto of_rows = [&](int i, double otherwise) {
    if (!c.has(i) || !is_of_rows) return Full(c.builder(), x.dtype(), row, otherwise);
    return c.shape(i) == row ? parameter(i) : parameter(i) + Full(c.builder(), x.dtype(), row, 0);
  };
  const LayerNormResult r = LayerNorm(x, of_rows(1, 1), of_rows(2, 0),
                                      {.axis = axis, .epsilon = c.Real("epsilon", 1e-5)});
  Value y = r.y;
  if (!is_of_rows && c.has(1)) y = y * parameter(1);
  if (!is_of_rows && c.has(2)) y = y + parameter(2);
  if (y.valid() && !(y.shape() == x.shape())) return c.Invalid("scale or bias is beyond its input");
  c.out(0, InDType(y, given.dtype()));
  if (c.wants(1)) c.out(1, InDType(r.mean, stash));
  if (c.wants(2)) c.out(2, InDType(r.inverse_stddev, stash));
}

// y is of the scale's dtype, to which x is rounded before it is scaled.
void ImportRmsNormalization(NodeImport& c) {
  const Value x = Widened(c.in(0)), scale = c.in(1);
  if (!c.ok()) return;
  const int axis = AxisOf(c, c.Int("axis", -1), x.rank());
  const ReduceOptions over = {.axes = AxesFrom(axis, x.rank()), .keepdims = true};
  const Value inverse = Rsqrt(ReduceMean(Square(x), over) + c.Real("epsilon", 1e-5));
  c.out(0, InDType(x * inverse, scale.dtype()) * scale);
}

// x / (bias + alpha/size · Σ x² over the `size` channels around)^beta.
void ImportLrn(NodeImport& c) {
  const Value given = c.in(0), x = Widened(given);
  const int64_t size = c.Int("size", 0);
  if (!c.ok() || x.rank() < 2 || size < 1 || size > kMaxDim) return c.Invalid("size");
  std::vector<int64_t> low(static_cast<size_t>(x.rank())), high(low);
  low[1] = (size - 1) / 2;
  high[1] = size / 2;
  constexpr int64_t kMost = 1024;
  if (size > kMost) return c.Unsupported("a size above 1024");
  const Value squares = Pad(Square(x), low, high);
  Value sum;
  for (int64_t i = 0; i < size; ++i) {
    const Value part = SliceAxis(squares, 1, {.start = Dim(i), .limit = x.dim(1) + i});
    sum = sum.valid() ? sum + part : part;
  }
  const Value scale = sum * (c.Real("alpha", 1e-4) / static_cast<double>(size)) + c.Real("bias", 1);
  c.out(0, InDType(x * Pow(scale, -c.Real("beta", 0.75)), given.dtype()));
}

// 0 where the norm is 0.
void ImportLpNormalization(NodeImport& c) {
  const Value given = c.in(0), x = Widened(given);
  if (!x.valid()) return;
  const ReduceOptions over = {.axes = {c.Int("axis", -1)}, .keepdims = true};
  const Value norm =
      c.Int("p", 2) == 1 ? ReduceSum(Abs(x), over) : Sqrt(ReduceSum(Square(x), over));
  c.out(0, InDType(x / Select(Equal(norm, 0.0), 1.0, norm), given.dtype()));
}

void ImportMeanVarianceNormalization(NodeImport& c) {
  const Value given = c.in(0), x = Widened(given);
  if (!x.valid()) return;
  const ReduceOptions over = {.axes = c.Ints("axes", {0, 2, 3}), .keepdims = true};
  const Value centered = x - ReduceMean(x, over);
  const Value y = centered / (Sqrt(ReduceMean(Square(centered), over)) + 1e-9);
  c.out(0, InDType(y, given.dtype()));
}

constexpr Row kRows[] = {
    {"BatchNormalization", ImportBatchNormalization, 5},
    {"GroupNormalization", ImportGroupNormalization, 3},
    {"InstanceNormalization", ImportInstanceNormalization, 3},
    {"LRN", ImportLrn, 1},
    {"LayerNormalization", ImportLayerNormalization, 3},
    {"LpNormalization", ImportLpNormalization, 1},
    {"MeanVarianceNormalization", ImportMeanVarianceNormalization, 1},
    {"RMSNormalization", ImportRmsNormalization, 2},
};

}  // namespace

absl::Span<const Row> NormalizationRows() { return kRows; }

}  // namespace dagrad::onnx
