// Images by the windows of a convolution.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/onnx/rows/window.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/einsum/einsum.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

// The window of Col2Im, whose sizes are inputs. False after an error.
bool ReadColumns(NodeImport& c, size_t axes, std::vector<int64_t> block, Window* w) {
  const std::vector<int64_t> ones(axes, 1), pads = c.Ints("pads", std::vector<int64_t>(2 * axes));
  *w = {.size = std::move(block),
        .strides = c.Ints("strides", ones),
        .dilations = c.Ints("dilations", ones)};
  bool fits = axes >= 1 && axes <= 3 && w->size.size() == axes && w->strides.size() == axes &&
              w->dilations.size() == axes && pads.size() == 2 * axes;
  const auto in_range = [](int64_t v, int64_t least) {
    return v >= least && v <= int64_t{1} << 31;
  };
  for (size_t a = 0; fits && a < axes; ++a) {
    fits = in_range(w->size[a], 1) && in_range(w->strides[a], 1) && in_range(w->dilations[a], 1) &&
           in_range(pads[a], 0) && in_range(pads[a + axes], 0);
    w->begin.push_back(pads[a]);
    w->end.push_back(pads[a + axes]);
  }
  if (!fits) c.Invalid("image_shape, block_shape, strides, dilations or pads");
  return c.ok();
}

// Images [batch, channels, axis …] as the sums of what the windows [batch, channels · window,
// windows] have of each pixel.
void ImportCol2Im(NodeImport& c) {
  const Value x = c.in(0);
  const std::vector<int64_t> image = c.Integers(1), block = c.Integers(2);
  const size_t axes = image.size();
  Window w;
  if (!c.ok() || c.IsNotOfRank(0, 3) || !ReadColumns(c, axes, block, &w)) return;
  // By elements of the window, then by windows.
  Shape taps;
  Dim window = 1, pixels = 1;
  for (int64_t size : w.size) {
    taps.push_back(size);
    window = window * Dim(size);
  }
  for (size_t a = 0; a < axes; ++a) {
    if (image[a] < 0 || image[a] > kMaxDim) return c.Invalid("image_shape");
    const Dim windows = w.Results(static_cast<int>(a), Dim(image[a]));
    if (!windows.is_known() || windows.value() < 1)
      return c.Invalid("a window that is larger than the image");
    taps.push_back(windows);
    pixels = pixels * Dim(image[a]);
  }
  Value place, is_inside;
  for (int a = 0; a < w.axes(); ++a) {
    const auto along = [&](int axis, int64_t step) {
      return Iota(c.builder(), DType::kInt64, taps, axis) * static_cast<double>(step);
    };
    const Value at = along(a, w.dilations[a]) + along(a + w.axes(), w.strides[a]) -
                     static_cast<double>(w.begin[a]);
    const auto size = static_cast<double>(image[a]);
    const Value is_in = LogicalAnd(GreaterEqual(at, 0.0), Less(at, size));
    place = place.valid() ? place * size + at : at;
    is_inside = is_inside.valid() ? LogicalAnd(is_inside, is_in) : is_in;
  }
  if (!place.valid()) return;
  if (!window.is_known() || !pixels.is_known()) return c.Invalid("image_shape or block_shape");
  // What is outside of the image comes behind its end.
  place = Select(is_inside, place, Full(c.builder(), DType::kInt64, Shape(), pixels.value()));
  const Dim channels = Dim::FloorDiv(x.dim(1), window.value());
  const Value columns = Reshape(x, {x.dim(0) * channels, taps.NumElements()});
  const Value sums = ScatterAdd(Reshape(place, {taps.NumElements()}), columns,
                                {x.dim(0) * channels, pixels + 1}, {.axis = 1});
  Shape result({x.dim(0), channels});
  for (int64_t size : image) result.push_back(size);
  c.out(0, Reshape(SliceAxis(sums, 1, {.limit = pixels}), result));
}

// Two pixels between which a place of an axis stands, with their weights, 0 outside of the image.
struct Between {
  Value places[2], weights[2];
};
Between BetweenPixels(Value at, int64_t size) {
  const Value first = Floor(at), t = at - first;
  Between result;
  for (int i : {0, 1}) {
    const Value pixel = i == 0 ? first : first + 1.0;
    const Value inside = Clip(pixel, 0.0, static_cast<double>(size - 1));
    result.places[i] = Cast(inside, DType::kInt64);
    result.weights[i] = Select(Equal(pixel, inside), i == 0 ? 1.0 - t : t, 0.0);
  }
  return result;
}

// What a deformable convolution is about: images with channels last, whose channels are cut into
// `offset_groups`, and offsets [batch, height, width, offset_groups, taps, 2].
struct Deformed {
  Value x, offset;
  Window w;
  int64_t height = 0, width = 0, channels = 0, offset_groups = 1, groups = 1, taps = 0;
};

// False after an error.
bool ReadDeformed(NodeImport& c, Deformed* d) {
  for (int i : {0, 1, 2}) {
    if (c.IsNotOfRank(i, 4)) return false;
  }
  const Value filter = c.in(1);
  d->x = c.in_channels_last(0);
  const Value offset = c.in_channels_last(2);
  if (!c.ok()) return false;
  if (!ReadWindow(c, {KnownDim(c, filter, 2), KnownDim(c, filter, 3)}, &d->w)) return false;
  d->height = KnownDim(c, d->x, 1);
  d->width = KnownDim(c, d->x, 2);
  d->channels = KnownDim(c, d->x, 3);
  d->offset_groups = c.Int("offset_group", 1);
  d->groups = c.Int("group", 1);
  const Dim taps = Dim(d->w.size[0]) * Dim(d->w.size[1]), results = filter.dim(0);
  const bool fits = c.ok() && d->height > 0 && d->width > 0 && d->offset_groups >= 1 &&
                    d->groups >= 1 && d->channels % d->offset_groups == 0 && taps.is_known() &&
                    filter.dim(1) * Dim(d->groups) == Dim(d->channels) && results.is_known() &&
                    results.value() % d->groups == 0 &&
                    offset.dim(3) == Dim(d->offset_groups) * taps * 2;
  if (!fits) {
    c.Invalid("W or offset does not fit the input and its groups");
    return false;
  }
  constexpr int64_t kMostTaps = 4096;
  if (taps.value() > kMostTaps) {
    c.Unsupported(absl::StrCat("a window of ", taps.value(), " elements"));
    return false;
  }
  d->taps = taps.value();
  d->offset =
      Reshape(offset, {offset.dim(0), offset.dim(1), offset.dim(2), d->offset_groups, d->taps, 2});
  return true;
}

// Where the taps stand along axis 0 (height) or 1: [batch, height, width, offset_groups, taps].
Value PlacesOf(NodeImport& c, const Deformed& d, int a) {
  const Value offset =
      Squeeze(SliceAxis(d.offset, -1, {.start = Dim(a), .limit = Dim(a + 1)}), {5});
  std::vector<double> of_tap;
  for (int64_t k = 0; k < d.taps; ++k) {
    const int64_t i = a == 0 ? k / d.w.size[1] : k % d.w.size[1];
    of_tap.push_back(static_cast<double>(i * d.w.dilations[a] - d.w.begin[a]));
  }
  Shape along({1, 1, 1, 1, 1});
  along.set_dim(a + 1, offset.dim(a + 1));
  const Value begin =
      Iota(c.builder(), offset.dtype(), along, a + 1) * static_cast<double>(d.w.strides[a]);
  const Value taps = Constant(c.builder(), Tensor::Of<double>({d.taps}, of_tap));
  return offset + begin + Cast(taps, offset.dtype());
}

// The image at these places: [batch, height, width, offset_groups, taps, channels of a group].
Value SampledAt(NodeImport& c, const Deformed& d, const Between& y, const Between& x) {
  const Dim batch = d.x.dim(0);
  const Value rows = Reshape(d.x, {batch * Dim(d.height) * Dim(d.width) * Dim(d.offset_groups),
                                   Dim(d.channels / d.offset_groups)});
  const Shape& shape = y.places[0].shape();
  const Value image = Iota(c.builder(), DType::kInt64, shape, 0) *
                      (static_cast<double>(d.height) * static_cast<double>(d.width));
  const Value group = Iota(c.builder(), DType::kInt64, shape, 3);
  Value sum;
  for (int i : {0, 1}) {
    for (int j : {0, 1}) {
      const Value pixel = image + y.places[i] * static_cast<double>(d.width) + x.places[j];
      const Value at = pixel * static_cast<double>(d.offset_groups) + group;
      const Value term = Gather(rows, at) * ExpandDims(y.weights[i] * x.weights[j], -1);
      sum = sum.valid() ? sum + term : term;
    }
  }
  return sum;
}

// A convolution each of whose taps is moved by an offset of its own, and scaled by a mask.
void ImportDeformConv(NodeImport& c) {
  Deformed d;
  if (!ReadDeformed(c, &d)) return;
  Value taps = SampledAt(c, d, BetweenPixels(PlacesOf(c, d, 0), d.height),
                         BetweenPixels(PlacesOf(c, d, 1), d.width));
  if (!c.ok()) return;
  const Shape shape = taps.shape();
  if (c.has(4)) {
    const Value mask = c.in_channels_last(4);
    taps = taps * Reshape(mask, {shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3),
                                 shape.dim(4), Dim(1)});
  }
  const Dim pixels = shape.dim(0) * shape.dim(1) * shape.dim(2);
  const int64_t of_group = d.channels / d.groups, results = c.in(1).dim(0).value();
  taps = Reshape(Transpose(taps, {0, 1, 2, 4, 3, 5}),
                 {pixels, Dim(d.taps), Dim(d.groups), Dim(of_group)});
  const Value filter = Reshape(c.in(1), {d.groups, results / d.groups, of_group, d.taps});
  Value y = Reshape(Einsum("mkgc,gock->mgo", {taps, filter}),
                    {shape.dim(0), shape.dim(1), shape.dim(2), Dim(results)});
  if (c.has(3)) y = y + c.in(3);
  c.out_channels_last(0, y);
}

constexpr Row kRows[] = {
    {"Col2Im", ImportCol2Im, 3},
    {"DeformConv", ImportDeformConv, 5},
};

}  // namespace

absl::Span<const Row> UnfoldedRows() { return kRows; }

}  // namespace dagrad::onnx
