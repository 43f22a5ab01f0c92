// Ops that read an input at computed places.
#include <string>
#include <utility>

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
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// One of the elements along an axis that an interpolation takes part of.
struct Tap {
  Value place;   // int64, inside of the axis
  Value weight;  // 0 where it is outside and counts as zero
};

struct GridOptions {
  std::string mode, padding;
  bool align_corners = false;
};

// Places of the axis of `size` elements where `place`, whole numbers, may lie outside of it.
Tap Inside(Value place, Value weight, double size, const GridOptions& o) {
  const Value within = Clip(place, 0.0, size - 1);
  if (o.padding == "zeros") {
    weight = Select(Equal(place, within), weight, 0.0);
  } else if (o.padding == "reflection" && size > 1) {
    const double low = o.align_corners ? 0 : -0.5, range = o.align_corners ? size - 1 : size;
    const Value mirrored =
        -Abs(FloorMod(place - low, Scalar(place, 2 * range)) - range) + (low + range);
    return {Cast(Clip(mirrored, 0.0, size - 1), DType::kInt64), weight};
  }
  return {Cast(within, DType::kInt64), weight};
}

// Keys's cubic convolution with a = -0.75 at a distance d, 0 <= d <= 2.
Value Cubic(Value d, bool near) {
  constexpr double a = -0.75;
  if (near) return ((d * (a + 2) - (a + 3)) * d * d) + 1.0;
  return ((d * a - 5 * a) * d + 8 * a) * d - 4 * a;
}

// `g` runs from -1 to 1 over the axis.
std::vector<Tap> TapsOf(Value g, double size, const GridOptions& o) {
  const Value x = o.align_corners ? (g + 1.0) * ((size - 1) / 2) : ((g + 1.0) * size - 1.0) * 0.5;
  const Value one = OnesLike(x);
  if (o.mode == "nearest") return {Inside(Round(x), one, size, o)};
  const Value first = Floor(x), t = x - first;
  if (o.mode == "linear") {
    return {Inside(first, 1.0 - t, size, o), Inside(first + 1.0, t, size, o)};
  }
  return {Inside(first - 1.0, Cubic(t + 1.0, false), size, o),
          Inside(first, Cubic(t, true), size, o),
          Inside(first + 1.0, Cubic(1.0 - t, true), size, o),
          Inside(first + 2.0, Cubic(2.0 - t, false), size, o)};
}

// Each result is a sum of elements of x over all combinations of taps of its axes.
void ImportGridSample(NodeImport& c) {
  GridOptions o = {
      .mode = c.Choice("mode", "linear", {"linear", "nearest", "cubic", "bilinear", "bicubic"}),
      .padding = c.Choice("padding_mode", "zeros", {"zeros", "border", "reflection"}),
      .align_corners = c.Int("align_corners", 0) != 0};
  if (o.mode == "bilinear") o.mode = "linear";
  if (o.mode == "bicubic") o.mode = "cubic";
  const Value x = c.in_channels_last(0), grid = c.in(1);  // [batch, axis …, channels]
  if (!c.ok()) return;
  const int axes = x.rank() - 2;
  if (axes < 1 || grid.rank() != x.rank() || !(grid.dim(-1) == Dim(axes)))
    return c.Invalid("grid does not fit the input");
  std::vector<std::vector<Tap>> taps;
  Dim image = 1;
  for (int a = 0; a < axes; ++a) {
    const int64_t size = KnownDim(c, x, a + 1);
    if (size < 1) return c.Unsupported("an empty axis, or one that is a symbol");
    const Value g =
        Squeeze(SliceAxis(grid, -1, {.start = Dim(axes - 1 - a), .limit = Dim(axes - a)}),
                {grid.rank() - 1});
    taps.push_back(TapsOf(g, static_cast<double>(size), o));
    image = image * Dim(size);
  }
  const Value rows = Reshape(x, {x.dim(0) * image, x.dim(-1)});
  Shape places_shape = grid.shape();
  places_shape = Shape(absl::MakeConstSpan(grid.shape().dims()).subspan(0, axes + 1));
  const Value first =
      Iota(c.builder(), DType::kInt64, places_shape, 0) * static_cast<double>(image.value());
  Value sum;
  std::vector<size_t> at(static_cast<size_t>(axes));
  while (true) {
    Value place, weight;
    for (int a = 0; a < axes; ++a) {
      const Tap& tap = taps[a][at[a]];
      place =
          place.valid() ? place * static_cast<double>(x.dim(a + 1).value()) + tap.place : tap.place;
      weight = weight.valid() ? weight * tap.weight : tap.weight;
    }
    const Value term = Gather(rows, first + place) * ExpandDims(weight, -1);
    sum = sum.valid() ? sum + term : term;
    size_t a = at.size();
    while (a-- > 0 && ++at[a] == taps[a].size()) at[a] = 0;
    if (a == static_cast<size_t>(-1)) break;
  }
  c.out_channels_last(0, sum);
}

// The first lengths[b] elements along the axis of time in reverse, the others as they are.
void ImportReverseSequence(NodeImport& c) {
  const Value x = c.in(0), lengths = c.in(1);
  if (!c.ok()) return;
  const int64_t batch_axis = c.Int("batch_axis", 1), time_axis = c.Int("time_axis", 0);
  const bool are_both = (batch_axis == 0 && time_axis == 1) || (batch_axis == 1 && time_axis == 0);
  if (!are_both || x.rank() < 2) return c.Invalid("batch_axis and time_axis are 0 and 1");
  // As [time, batch, rest].
  const Value y = MoveAxis(x, static_cast<int>(time_axis), 0);
  const Dim time = y.dim(0), batch = y.dim(1);
  Shape joined({time * batch});
  for (int a = 2; a < y.rank(); ++a) joined.push_back(y.dim(a));
  const Value t = Iota(c.builder(), DType::kInt64, {time, batch}, 0);
  const Value n = Cast(lengths, DType::kInt64);
  const Value from = Select(Less(t, n), n - t - 1.0, t);
  const Value place =
      from * DimValue(c.builder(), batch) + Iota(c.builder(), DType::kInt64, {time, batch}, 1);
  c.out(0, MoveAxis(Gather(Reshape(y, joined), place), 0, static_cast<int>(time_axis)));
}

// The shape of what was pooled to `s`. `overlap`: two windows may have one largest element.
Shape UnpooledShape(NodeImport& c, const Shape& s, bool* overlap) {
  if (s.rank() < 3) return c.Invalid("the input is of rank 3 at least"), s;
  const auto n = static_cast<size_t>(s.rank() - 2);
  const std::vector<int64_t> kernel = c.Ints("kernel_shape");
  const std::vector<int64_t> strides = c.Ints("strides", std::vector<int64_t>(n, 1));
  const std::vector<int64_t> pads = c.Ints("pads", std::vector<int64_t>(2 * n, 0));
  if (kernel.size() != n || strides.size() != n || pads.size() != 2 * n)
    return c.Invalid("kernel_shape, strides or pads do not fit the rank"), s;
  Shape result({s.dim(0), s.dim(1)});
  for (size_t a = 0; a < n; ++a) {
    *overlap |= strides[a] < kernel[a];
    result.push_back((s.dim(static_cast<int>(a) + 2) - 1) * strides[a] + kernel[a] - pads[a] -
                     pads[a + n]);
  }
  return result;
}

// Zeros with each element of x at the place that its index numbers, through all of the result.
void ImportMaxUnpool(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1);
  if (!c.ok()) return;
  const Shape s = c.shape(0);
  bool overlap = false;
  // Indices are of that shape, also where another one is asked for.
  const Shape numbered = UnpooledShape(c, s, &overlap);
  const std::vector<Dim> given = c.Dims(2);
  const Shape result = c.has(2) ? Shape(absl::MakeConstSpan(given)) : numbered;
  if (!c.ok() || result.rank() != s.rank()) return c.Invalid("output_shape");
  const Value y =
      overlap ? WithUpdates(Full(c.builder(), x.dtype(), numbered, 0), indices, x)
              : Reshape(ScatterAdd(Flat(indices), Flat(x), {numbered.NumElements()}), numbered);
  if (numbered == result) return c.out(0, y);
  // A larger result has zeros behind.
  std::vector<int64_t> low(static_cast<size_t>(s.rank())), high(low);
  for (int a = 0; a < s.rank(); ++a) {
    const Dim more = result.dim(a) - numbered.dim(a);
    if (!more.is_known()) return c.Unsupported("an output_shape that is smaller, or has symbols");
    high[a] = more.value();
  }
  c.out(0, Pad(y, low, high));
}

// Along an axis of n elements, the places of their middles from -1 to 1, or of the corners.
Value Places(NodeImport& c, DType dtype, int64_t n, bool corners) {
  const Value i = Iota(c.builder(), dtype, {Dim(n)}, 0);
  if (corners) return n == 1 ? i : i * (2.0 / static_cast<double>(n - 1)) - 1.0;
  return (i * 2.0 + 1.0) * (1.0 / static_cast<double>(n)) - 1.0;
}

// theta · [x, y, (z,) 1] for each place of an image of `size`; grids name the last axis first.
void ImportAffineGrid(NodeImport& c) {
  const Value theta = c.in(0);
  const std::vector<int64_t> size = c.Integers(1);
  if (!c.ok()) return;
  const int axes = static_cast<int>(size.size()) - 2;
  if ((axes != 2 && axes != 3) || theta.rank() != 3) return c.Invalid("theta or size");
  Shape image;
  for (int a = 0; a < axes; ++a) image.push_back(size[a + 2]);
  if (!image.Validate().ok() || !image.IsStatic()) return c.Invalid("size");
  std::vector<Value> columns;
  for (int a = axes - 1; a >= 0; --a) {
    Shape along;
    for (int k = 0; k < axes; ++k) along.push_back(k == a ? image.dim(a) : Dim(1));
    const Value places = Places(c, theta.dtype(), size[a + 2], c.Int("align_corners", 0) != 0);
    columns.push_back(Reshape(BroadcastTo(Reshape(places, along), image), {image.NumElements()}));
  }
  columns.push_back(Full(c.builder(), theta.dtype(), {image.NumElements()}, 1));
  const Value grid = MatMul(Stack(columns, 1), theta, {.transpose_b = true});
  Shape result({theta.dim(0)});
  for (const Dim& dim : image.dims()) result.push_back(dim);
  result.push_back(axes);
  c.out(0, Reshape(grid, result));
}

constexpr Row kRows[] = {
    {"AffineGrid", ImportAffineGrid, 2},
    {"GridSample", ImportGridSample, 2},
    {"MaxUnpool", ImportMaxUnpool, 3},
    {"ReverseSequence", ImportReverseSequence, 2},
};

}  // namespace

absl::Span<const Row> SamplingRows() { return kRows; }

}  // namespace dagrad::onnx
