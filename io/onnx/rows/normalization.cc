// Normalizations.
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

// Statistics of the batch where training_mode says so, which then move the running ones.
void ImportBatchNormalization(NodeImport& c) {
  const BatchNormOptions options = {.epsilon = c.Real("epsilon", 1e-5)};
  const bool training = c.Int("training_mode", 0) != 0;
  const double momentum = c.Real("momentum", 0.9);
  const Value x = c.in_channels_last(0), gamma = c.in(1), beta = c.in(2), mean = c.in(3),
              variance = c.in(4);
  if (!c.ok()) return;
  for (const int i : {3, 4}) c.imported(i)->is_statistic = true;
  if (c.version() < 9 && c.Int("spatial", 1) == 0) return c.Unsupported("spatial = 0");
  if (!training) {
    if (c.wants(1)) return c.Unsupported("outputs other than the first");
    return c.out_channels_last(0, BatchNormInference(x, gamma, beta, mean, variance, options));
  }
  const BatchNormResult r = BatchNorm(x, gamma, beta, options);
  c.out_channels_last(0, r.y);
  c.out(1, mean * momentum + r.mean * (1 - momentum));
  c.out(2, variance * momentum + r.variance * (1 - momentum));
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
  const Value y = Normalized(x, AxesFrom(2, x.rank()), c.Real("epsilon", 1e-5));
  c.out(0, y * PerChannel(scale, x.rank()) + PerChannel(bias, x.rank()));
}

// Groups of channels; scale and bias are per channel, before opset 21 per group.
void ImportGroupNormalization(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1), bias = c.in(2);
  if (!c.ok() || x.rank() < 3) return c.Invalid("the input is of rank 3 at least");
  const int64_t groups = c.Int("num_groups", 0), channels = KnownDim(c, x, 1);
  if (!c.ok() || groups < 1 || channels % groups != 0) return c.Invalid("num_groups");
  Shape apart({x.dim(0), Dim(groups), Dim(channels / groups)});
  for (int a = 2; a < x.rank(); ++a) apart.push_back(x.dim(a));
  const Value y = Normalized(Reshape(x, apart), AxesFrom(2, apart.rank()), c.Real("epsilon", 1e-5));
  if (c.version() >= 21) {
    const Value joined = Reshape(y, x.shape());
    return c.out(0, joined * PerChannel(scale, x.rank()) + PerChannel(bias, x.rank()));
  }
  const Value scaled = y * PerChannel(scale, apart.rank()) + PerChannel(bias, apart.rank());
  c.out(0, Reshape(scaled, x.shape()));
}

void ImportLayerNormalization(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const int axis = AxisOf(c, c.Int("axis", -1), x.rank());
  Shape row;
  for (int a = axis; a < x.rank(); ++a) row.push_back(x.dim(a));
  const auto parameter = [&](int i, double otherwise) {
    if (!c.has(i)) return Full(c.builder(), x.dtype(), row, otherwise);
    return c.shape(i) == row ? c.in(i) : c.in(i) + Full(c.builder(), x.dtype(), row, 0);
  };
  const LayerNormResult r = LayerNorm(x, parameter(1, 1), parameter(2, 0),
                                      {.axis = axis, .epsilon = c.Real("epsilon", 1e-5)});
  c.out(0, r.y);
  if (c.wants(1)) c.out(1, r.mean);
  if (c.wants(2)) c.out(2, r.inverse_stddev);
}

void ImportRmsNormalization(NodeImport& c) {
  const Value x = c.in(0), scale = c.in(1);
  if (!c.ok()) return;
  const int axis = AxisOf(c, c.Int("axis", -1), x.rank());
  const ReduceOptions over = {.axes = AxesFrom(axis, x.rank()), .keepdims = true};
  const Value inverse = Rsqrt(ReduceMean(Square(x), over) + c.Real("epsilon", 1e-5));
  c.out(0, x * inverse * scale);
}

// x / (bias + alpha/size · Σ x² over the `size` channels around)^beta.
void ImportLrn(NodeImport& c) {
  const Value x = c.in(0);
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
  c.out(0, x * Pow(scale, -c.Real("beta", 0.75)));
}

// 0 where the norm is 0.
void ImportLpNormalization(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const ReduceOptions over = {.axes = {c.Int("axis", -1)}, .keepdims = true};
  const Value norm =
      c.Int("p", 2) == 1 ? ReduceSum(Abs(x), over) : Sqrt(ReduceSum(Square(x), over));
  c.out(0, x / Select(Equal(norm, 0.0), 1.0, norm));
}

void ImportMeanVarianceNormalization(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const ReduceOptions over = {.axes = c.Ints("axes", {0, 2, 3}), .keepdims = true};
  const Value centered = x - ReduceMean(x, over);
  c.out(0, centered / (Sqrt(ReduceMean(Square(centered), over)) + 1e-9));
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
