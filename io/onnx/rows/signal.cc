// Fourier transforms, as products with the matrices of cosines and sines.
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kMostOfTransform = 8192;

// cos and sin of 2πjk/n, [rows, columns].
struct Waves {
  Value cosines, sines;
};
Waves WavesOf(NodeImport& c, DType dtype, int64_t rows, int64_t columns, int64_t n) {
  // Both matrices twice, as numbers and as a tensor of them, before they are cast.
  if (!c.Takes(rows * columns * 2 * (2 * 8 + DTypeSize(dtype)), "a transform's matrix")) return {};
  std::vector<double> cosines(static_cast<size_t>(rows * columns)), sines(cosines.size());
  for (int64_t j = 0; j < rows; ++j) {
    for (int64_t k = 0; k < columns; ++k) {
      // j k modulo n first, so that the angle is exact.
      const double angle = 2 * M_PI * static_cast<double>(j * k % n) / static_cast<double>(n);
      cosines[static_cast<size_t>(j * columns + k)] = std::cos(angle);
      sines[static_cast<size_t>(j * columns + k)] = std::sin(angle);
    }
  }
  const auto constant = [&](const std::vector<double>& values) {
    const auto t = Tensor::Of<double>({rows, columns}, values).Cast(dtype);
    if (!t.ok()) return c.Fail(t.status()), Value();
    return Constant(c.builder(), *t);
  };
  return {constant(cosines), constant(sines)};
}

// Part 0 (real) or 1 of the last axis; of a real signal there is no second.
Value PartOf(Value x, int64_t part) {
  if (part == 1 && x.dim(-1) == Dim(1)) return Value();
  return Squeeze(SliceAxis(x, -1, {.start = Dim(part), .limit = Dim(part + 1)}), {x.rank() - 1});
}

// Σ_j x_j e^(-2πi jk/n) along the last axis, which is n long; re and im, of which im may be absent.
// The inverse has e^(+2πi jk/n) / n. `columns` of its results.
Value Transformed(NodeImport& c, Value re, Value im, int64_t n, int64_t columns, bool inverse) {
  const Waves w = WavesOf(c, re.dtype(), n, columns, n);
  if (!c.ok()) return re;
  const double sign = inverse ? -1 : 1;
  Value real = MatMul(re, w.cosines), imaginary = MatMul(re, w.sines) * -sign;
  if (im.valid()) {
    real = real + MatMul(im, w.sines) * sign;
    imaginary = imaginary + MatMul(im, w.cosines);
  }
  const Value y = Stack({real, imaginary}, -1);
  return inverse ? y * (1.0 / static_cast<double>(n)) : y;
}

// The real signal of n elements whose transform's first half is re + i im.
Value FromHalf(NodeImport& c, Value re, Value im, int64_t n, int64_t half) {
  const Waves w = WavesOf(c, re.dtype(), half, n, n);
  if (!c.ok()) return re;
  // All but the first, and the middle one, stand for two.
  std::vector<double> weights(static_cast<size_t>(half), 2.0 / static_cast<double>(n));
  weights[0] = 1.0 / static_cast<double>(n);
  if (n % 2 == 0 && half == n / 2 + 1) weights.back() = weights[0];
  const auto t = Tensor::Of<double>({half}, weights).Cast(re.dtype());
  if (!t.ok()) return c.Fail(t.status()), re;
  const Value by = Constant(c.builder(), *t);
  Value y = MatMul(re * by, w.cosines);
  if (im.valid()) y = y - MatMul(im * by, w.sines);
  return ExpandDims(y, -1);
}

// x with its last axis cut, or filled with zeros, to n.
Value OfLength(Value x, int64_t n) {
  const int64_t dim = x.dim(-1).value();
  if (dim > n) return SliceAxis(x, -1, {.limit = Dim(n)});
  std::vector<int64_t> low(static_cast<size_t>(x.rank())), high(low);
  high.back() = n - dim;
  return dim == n ? x : Pad(x, low, high);
}

// x is [axes …, 1 or 2].
void ImportDft(NodeImport& c) {
  const Value x = c.in(0);
  if (!c.ok() || x.rank() < 2) return c.Invalid("the input is of rank 2 at least");
  const bool is_new = c.version() >= 20;
  const int64_t given = is_new ? c.Integer(2, -2) : c.Int("axis", 1);
  const int axis = AxisOf(c, given, x.rank());
  const int64_t dim = KnownDim(c, x, axis);
  const bool inverse = c.Int("inverse", 0) != 0, half = c.Int("onesided", 0) != 0;
  int64_t n = c.Integer(1, inverse && half ? 2 * (dim - 1) : dim);
  if (!c.ok() || axis == x.rank() - 1) return c.Invalid("axis");
  if (n < 1 || n > kMostOfTransform || dim < 1 || dim > kMostOfTransform)
    return c.Unsupported(absl::StrCat("a transform of ", n, " elements"));
  const auto along = [&](Value v) { return v.valid() ? MoveAxis(v, axis, v.rank() - 1) : v; };
  Value re = along(PartOf(x, 0)), im = along(PartOf(x, 1));
  if (!c.ok()) return;
  Value y;
  if (inverse && half) {
    const int64_t bins = n / 2 + 1;
    y = FromHalf(c, OfLength(re, bins), im.valid() ? OfLength(im, bins) : im, n, bins);
  } else {
    y = Transformed(c, OfLength(re, n), im.valid() ? OfLength(im, n) : im, n, half ? n / 2 + 1 : n,
                    inverse);
  }
  if (c.ok()) c.out(0, MoveAxis(y, y.rank() - 2, axis));
}

// Transforms of the frames of a signal [batch, length, 1 or 2], `step` apart.
void ImportStft(NodeImport& c) {
  const Value x = c.in(0);
  const int64_t step = c.Integer(1, 0);
  if (!c.ok() || x.rank() != 3) return c.Invalid("the signal is of rank 3");
  const int64_t length = KnownDim(c, x, 1);
  int64_t n = c.Integer(3, 0);
  if (n == 0 && c.has(2)) n = c.shape(2).dim(0).is_known() ? c.shape(2).dim(0).value() : 0;
  if (!c.ok() || step < 1 || n < 1 || n > length) return c.Invalid("frame_step or frame_length");
  const int64_t frames = (length - n) / step + 1;
  if (n > kMostOfTransform || frames > (int64_t{1} << 24) / n)
    return c.Unsupported("frames of so many elements");
  std::vector<int64_t> places;
  for (int64_t f = 0; f < frames; ++f) {
    for (int64_t i = 0; i < n; ++i) places.push_back(f * step + i);
  }
  const Value at = Constant(c.builder(), Tensor::Of<int64_t>({frames, n}, places));
  const auto framed = [&](Value v) {
    if (!v.valid()) return v;
    const Value parts = Gather(v, at, {.axis = 1});  // [batch, frames, n]
    return c.has(2) ? parts * c.in(2) : parts;
  };
  const int64_t bins = c.Int("onesided", 1) != 0 ? n / 2 + 1 : n;
  const Value y = Transformed(c, framed(PartOf(x, 0)), framed(PartOf(x, 1)), n, bins, false);
  if (c.ok()) c.out(0, y);
}

// Triangles over the bins of a transform, as wide as `bins` equal steps of 2595 log10(1 + f / 700):
// [dft_length / 2 + 1, bins].
void ImportMelWeightMatrix(NodeImport& c) {
  const int64_t bins = c.Integer(0, 0), length = c.Integer(1, 0), rate = c.Integer(2, 0);
  const double lower = c.Float(3, 0), upper = c.Float(4, 0);
  const DType dtype = c.DTypeAttribute("output_datatype", DType::kFloat32);
  if (!c.ok()) return;
  if (bins < 0 || bins > kMaxDim || length < 0 || length > kMaxDim || rate < 1)
    return c.Invalid("num_mel_bins, dft_length or sample_rate");
  const double low = std::log1p(lower / 700), high = std::log1p(upper / 700);
  const double step = (high - low) / static_cast<double>(bins + 2);
  const Value mel = Iota(c.builder(), DType::kFloat64, {Dim(bins + 2)}, 0) * step + low;
  const double scale = 700.0 * static_cast<double>(length + 1) / static_cast<double>(rate);
  const Value edges = Floor(Expm1(mel) * scale);
  const auto edge = [&](int64_t i) {
    return SliceAxis(edges, 0, {.start = Dim(i), .limit = Dim(i + bins)});
  };
  const Value left = edge(0), middle = edge(1), right = edge(2);
  const Value bin = Iota(c.builder(), DType::kFloat64, {Dim(length / 2 + 1), Dim(1)}, 0);
  const Value rising = Select(Equal(left, middle), 1.0, (bin - left) / (middle - left));
  const Value falling = (right - bin) / (right - middle);
  const Value rises = LogicalAnd(GreaterEqual(bin, left), LessEqual(bin, middle));
  const Value falls = LogicalAnd(GreaterEqual(bin, middle), Less(bin, right));
  c.out(0, Cast(Select(falls, falling, Select(rises, rising, 0.0)), dtype));
}

constexpr Row kRows[] = {
    {"DFT", ImportDft, 3},
    {"MelWeightMatrix", ImportMelWeightMatrix, 5},
    {"STFT", ImportStft, 4},
};

}  // namespace

absl::Span<const Row> SignalRows() { return kRows; }

}  // namespace dagrad::onnx
