// Pooling. Windows of floats along one or two axes without dilation are dagrad's ops; all others
// are taken tap by tap: the window's i-th element of all results at once.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/onnx/rows/window.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/pool/pool2d.h"
#include "dagrad/ops/nn/roi_align/roi_align.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// x with `value` around its spatial axes (channels first), any number, -inf too.
Value Padded(Value x, const Window& w, double value) {
  for (int a = 0; a < w.axes(); ++a) {
    Shape before = x.shape(), after = x.shape();
    SetDim(&before, a + 2, w.begin[a]);
    SetDim(&after, a + 2, w.end[a]);
    std::vector<Value> parts;
    if (w.begin[a] > 0) parts.push_back(Full(x.builder(), x.dtype(), before, value));
    parts.push_back(x);
    if (w.end[a] > 0) parts.push_back(Full(x.builder(), x.dtype(), after, value));
    if (parts.size() > 1) x = Concat(parts, a + 2);
  }
  return x;
}

// Calls f(part, tap) for each tap of the window on x, which is padded: a strided slice of x that
// has the results' shape.
template <typename F>
void ForEachTap(NodeImport& c, const Window& w, Value x, const Shape& result, F f) {
  constexpr int64_t kMost = 4096;
  int64_t taps = 1;
  for (int64_t size : w.size) taps = std::min(taps * size, kMost + 1);
  if (taps > kMost)
    return c.Unsupported(absl::StrCat("a window of more than ", kMost, " elements"));
  std::vector<int64_t> tap(w.size.size());
  for (int64_t n = 0; n < taps && c.ok(); ++n) {
    Shape starts({Dim(0), Dim(0)});
    std::vector<int64_t> strides = {1, 1};
    for (int a = 0; a < w.axes(); ++a) {
      starts.push_back(tap[a] * w.dilations[a]);
      strides.push_back(w.strides[a]);
    }
    f(Slice(x, starts, result, strides), tap);
    for (size_t a = tap.size(); a-- > 0 && ++tap[a] == w.size[a];) tap[a] = 0;
  }
}

Shape ResultOf(const Value& x, const Window& w) {
  Shape result({x.dim(0), x.dim(1)});
  for (int a = 0; a < w.axes(); ++a) result.push_back(w.Results(a, x.dim(a + 2)));
  return result;
}

// The number, within [batch, channels, …] of x, of the element that a tap of each result reads.
// Row-major, or column-major within an image. Before the start of an axis, the number is that of
// the window's first element on it: the first tap's stays where no element is above padding.
Value NumberOfTap(NodeImport& c, const Window& w, const Shape& x, const Shape& result,
                  const std::vector<int64_t>& tap, bool by_columns) {
  int64_t image = 1;
  for (int a = 0; a < w.axes(); ++a) image *= x.dim(a + 2).value();
  const auto along = [&](int axis) { return Iota(c.builder(), DType::kInt64, result, axis); };
  Value number =
      (along(0) * static_cast<double>(x.dim(1).value()) + along(1)) * static_cast<double>(image);
  int64_t stride = 1;
  for (int i = 0; i < w.axes(); ++i) {
    const int a = by_columns ? i : w.axes() - 1 - i;
    const auto first = static_cast<double>(tap[a] * w.dilations[a] - w.begin[a]);
    const Value place = along(a + 2) * static_cast<double>(w.strides[a]) + first;
    const Value from_start = Maximum(place, FloorMod(place, static_cast<double>(w.dilations[a])));
    const int64_t size = x.dim(a + 2).value();
    number =
        number + Minimum(from_start, static_cast<double>(size - 1)) * static_cast<double>(stride);
    stride *= size;
  }
  return number;
}

// Along one axis after the other, which takes the sum of the window's sizes and not their product.
void MaxByAxes(NodeImport& c, const Window& w) {
  Value most = Padded(c.in(0), w, LowestValue(c.dtype(0)));
  const Shape result = ResultOf(c.in(0), w);
  for (int axis = 0; axis < w.axes(); ++axis) {
    Window along = w;
    for (int a = 0; a < w.axes(); ++a) {
      if (a == axis) continue;
      along.size[a] = along.strides[a] = along.dilations[a] = 1;
    }
    Shape shape = most.shape();
    SetDim(&shape, axis + 2, result.dim(axis + 2));
    Value reduced;
    ForEachTap(c, along, most, shape, [&reduced](Value part, const auto&) {
      reduced = reduced.valid() ? Maximum(reduced, part) : part;
    });
    if (!c.ok()) return;
    most = reduced;
  }
  c.out(0, most);
}

// With the numbers of the largest elements.
void MaxByTaps(NodeImport& c, const Window& w) {
  const Value x = c.in(0);
  const Shape result = ResultOf(x, w);
  for (int a = 1; a < x.rank(); ++a) {
    if (!x.dim(a).is_known()) return c.Unsupported("Indices of channels or an image with symbols");
  }
  Value most, number;
  ForEachTap(c, w, Padded(x, w, LowestValue(x.dtype())), result,
             [&](Value part, const std::vector<int64_t>& tap) {
               const Value here =
                   NumberOfTap(c, w, x.shape(), result, tap, c.Int("storage_order", 0) != 0);
               number = number.valid() ? Select(Greater(part, most), here, number) : here;
               most = most.valid() ? Maximum(most, part) : part;
             });
  c.out(0, most);
  c.out(1, number);
}

void SumByTaps(NodeImport& c, const Window& w, Value x, Value* sum) {
  ForEachTap(c, w, Padded(x, w, 0), ResultOf(x, w),
             [&](Value part, const auto&) { *sum = sum->valid() ? *sum + part : part; });
}

// Of `size` places from `first` on, `step` apart, those before `end`.
int64_t PlacesBefore(int64_t end, int64_t first, int64_t step, int64_t size) {
  return end <= first ? 0 : std::min((end - first - 1) / step + 1, size);
}

// For each result the elements of its window that count.
Value Counts(NodeImport& c, const Window& w, DType dtype, bool with_padding) {
  Value counts;
  for (int a = 0; a < w.axes(); ++a) {
    const int64_t d = KnownDim(c, c.shape(0), a + 2);
    if (!c.ok()) return {};
    const int64_t results = w.Results(a, Dim(d)).value();
    constexpr int64_t kMost = int64_t{1} << 24;
    if (results > kMost) {
      c.Unsupported(absl::StrCat("an axis of ", d, " elements"));
      return {};
    }
    // What ceil_mode adds at the end never counts.
    const int64_t low = with_padding ? 0 : w.begin[a];
    const int64_t high = with_padding ? d + w.begin[a] + w.given_end[a] : d + w.begin[a];
    std::vector<double> n;
    for (int64_t i = 0; i < results; ++i) {
      const auto before = [&](int64_t end) {
        return PlacesBefore(end, i * w.strides[a], w.dilations[a], w.size[a]);
      };
      n.push_back(static_cast<double>(before(high) - before(low)));
    }
    const auto tensor = Tensor::Of<double>({results}, n).Cast(dtype);
    if (!tensor.ok()) return c.Fail(tensor.status()), Value();
    Shape shape({Dim(results)});
    while (shape.rank() < w.axes() - a) shape.push_back(1);
    const Value along = Reshape(Constant(c.builder(), *tensor), shape);
    counts = counts.valid() ? counts * along : along;
  }
  return counts;
}

// A window that is too large by less than a stride has no results.
bool ReadPool(NodeImport& c, Window* w) {
  if (!c.has_attribute("kernel_shape")) return c.Invalid("kernel_shape is missing"), false;
  if (!ReadWindow(c, c.Ints("kernel_shape"), w)) return false;
  RoundUp(c, w);
  for (int a = 0; a < w->axes(); ++a) {
    if (NumberOf(w->Results(a, c.shape(0).dim(a + 2))).value_or(0) < 0)
      c.Invalid("the window does not fit");
  }
  return c.ok();
}

// Of floats, along two axes, or one (as rows of an image), each pad within the window, with
// results.
bool HasOp(NodeImport& c, const Window& w) {
  if (!IsFloating(c.dtype(0)) || w.axes() > 2) return false;
  for (int a = 0; a < w.axes(); ++a) {
    if (w.dilations[a] != 1 || w.begin[a] >= w.size[a] || w.end[a] >= w.size[a]) return false;
    if (w.Results(a, c.shape(0).dim(a + 2)) == Dim(0)) return false;
  }
  return true;
}

void ImportMaxPool(NodeImport& c) {
  Window w;
  if (!ReadPool(c, &w)) return;
  if (c.wants(1)) return MaxByTaps(c, w);
  if (!HasOp(c, w)) return MaxByAxes(c, w);
  const Image2D image = ImageOf(c, w);
  OutImage(c, MaxPool2D(image.x, {.pool_size = image.w.size,
                                  .strides = image.w.strides,
                                  .padding = "explicit",
                                  .explicit_padding = image.pads()}));
}

// Of each result, the share of its window that is no padding: [axis …, 1].
Value ShareOfElements(NodeImport& c, const Window& w) {
  const DType dtype = ComputeDType(c.dtype(0));
  const Value elements = Counts(c, w, dtype, false), all = Counts(c, w, dtype, true);
  if (!c.ok()) return {};
  const Value share = elements / all;
  Shape shape = share.shape();
  shape.push_back(1);
  return Reshape(share, shape);
}

void AverageByTaps(NodeImport& c, const Window& w, bool with_padding) {
  const Value x = c.in(0);
  Value sum;
  SumByTaps(c, w, Widened(x), &sum);
  const Value counts = Counts(c, w, sum.dtype(), with_padding);
  if (c.ok()) c.out(0, InDType(sum / counts, x.dtype()));
}

void ImportAveragePool(NodeImport& c) {
  Window w;
  if (!ReadPool(c, &w)) return;
  const bool with_padding = c.Int("count_include_pad", 0) != 0;
  if (!HasOp(c, w)) return AverageByTaps(c, w, with_padding);
  bool padded = false;
  for (int a = 0; a < w.axes(); ++a) padded |= w.begin[a] > 0 || w.end[a] > 0;
  const Value share = with_padding && padded ? ShareOfElements(c, w) : Value();
  if (!c.ok()) return;
  Image2D image = ImageOf(c, w);
  if (share.valid()) image.x = Widened(image.x);
  Value y = AvgPool2D(image.x, {.pool_size = image.w.size,
                                .strides = image.w.strides,
                                .padding = "explicit",
                                .explicit_padding = image.pads()});
  if (share.valid()) y = InDType(y * share, c.dtype(0));
  OutImage(c, y);
}

// (Σ |x|^p)^(1/p) over each window.
void ImportLpPool(NodeImport& c) {
  Window w;
  if (!ReadPool(c, &w)) return;
  const auto p = static_cast<double>(c.Int("p", 2));
  const Value given = c.in(0), x = Widened(given);
  Value sum;
  SumByTaps(c, w, p == 2 ? Square(x) : Pow(Abs(x), p), &sum);
  if (c.ok()) c.out(0, InDType(p == 2 ? Sqrt(sum) : Pow(sum, 1 / p), given.dtype()));
}

std::vector<int64_t> SpatialAxes(const Value& channels_last) {
  std::vector<int64_t> axes;
  for (int a = 1; a + 1 < channels_last.rank(); ++a) axes.push_back(a);
  return axes;
}

template <Value (*f)(Operand, ReduceOptions)>
void GlobalPool(NodeImport& c) {
  if (c.rank(0) < 3) return c.Invalid("the input is of rank 3 at least");
  const Value x = c.in_channels_last(0);
  c.out_channels_last(0, f(x, {.axes = SpatialAxes(x), .keepdims = true}));
}

void ImportGlobalLpPool(NodeImport& c) {
  if (c.rank(0) < 3) return c.Invalid("the input is of rank 3 at least");
  const auto p = static_cast<double>(c.Int("p", 2));
  const Value x = c.in_channels_last(0);
  const Value powers = Pow(Abs(Widened(x)), p);
  const Value sum = ReduceSum(powers, {.axes = SpatialAxes(x), .keepdims = true});
  c.out_channels_last(0, InDType(Pow(sum, 1 / p), x.dtype()));
}

// Before version 16, pixels stand at whole numbers.
void ImportRoiAlign(NodeImport& c) {
  const std::string coordinates = c.Choice("coordinate_transformation_mode",
                                           c.version() < 16 ? "output_half_pixel" : "half_pixel",
                                           {"half_pixel", "output_half_pixel"});
  const Value x = c.in_channels_last(0), rois = c.in(1), batch_indices = c.in(2);
  c.out_channels_last(0, RoiAlign(x, rois, batch_indices,
                                  {.height = c.Int("output_height", 1),
                                   .width = c.Int("output_width", 1),
                                   .mode = c.Choice("mode", "avg", {"avg", "max"}),
                                   .sampling_ratio = c.Int("sampling_ratio", 0),
                                   .spatial_scale = c.Real("spatial_scale", 1),
                                   .half_pixel = coordinates == "half_pixel"}));
}

constexpr Row kRows[] = {
    {"AveragePool", ImportAveragePool, 1},
    {"GlobalAveragePool", GlobalPool<ReduceMean>, 1},
    {"GlobalLpPool", ImportGlobalLpPool, 1},
    {"GlobalMaxPool", GlobalPool<ReduceMax>, 1},
    {"LpPool", ImportLpPool, 1},
    {"MaxPool", ImportMaxPool, 1},
    {"RoiAlign", ImportRoiAlign, 3},
};

}  // namespace

absl::Span<const Row> PoolingRows() { return kRows; }

}  // namespace dagrad::onnx
