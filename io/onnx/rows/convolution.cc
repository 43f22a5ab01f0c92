// Convolutions, computed with the channels at the end: of two axes by dagrad's ops, of one as rows
// of an image.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/onnx/rows/window.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/conv3d/conv3d.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

Conv2DOptions OptionsOf(const Image2D& image, int64_t groups) {
  return {.strides = image.w.strides,
          .padding = "explicit",
          .explicit_padding = image.pads(),
          .dilations = image.w.dilations,
          .groups = groups};
}

// [height, width, in, out] of ONNX's [out, in, height, width] or [out, in, width].
Value Filter(Value f) {
  if (f.rank() == 3) f = Reshape(f, {f.dim(0), f.dim(1), Dim(1), f.dim(2)});
  return Transpose(f, {2, 3, 1, 0});
}

// The spatial sizes of a filter.
std::vector<int64_t> SizesOf(NodeImport& c, const Shape& filter) {
  std::vector<int64_t> size;
  for (int a = 2; a < filter.rank(); ++a) size.push_back(KnownDim(c, filter, a));
  return size;
}

std::vector<int64_t> KernelOf(NodeImport& c) {
  const Shape shape = c.shape(1);
  std::vector<int64_t> size = SizesOf(c, shape);
  if (shape.rank() != c.rank(0)) c.Invalid("the filter has another rank than the input");
  const std::vector<int64_t> given = c.Ints("kernel_shape", size);
  if (given != size) c.Invalid("kernel_shape is not the filter's");
  return size;
}

Conv3DOptions OptionsOf(const Window& w, int64_t groups) {
  std::vector<int64_t> pads;
  for (int a = 0; a < 3; ++a) pads.insert(pads.end(), {w.begin[a], w.end[a]});
  return {.strides = w.strides,
          .padding = "explicit",
          .explicit_padding = pads,
          .dilations = w.dilations,
          .groups = groups};
}

Value Filter3D(const Value& f) { return Transpose(f, {2, 3, 4, 1, 0}); }

void ImportConv(NodeImport& c) {
  Window w;
  const std::vector<int64_t> kernel = KernelOf(c);
  if (!c.ok() || !ReadWindow(c, kernel, &w)) return;
  const int64_t groups = c.Int("group", 1);
  if (w.axes() == 3) {
    Value y = Conv3D(Transpose(c.in(0), {0, 2, 3, 4, 1}), Filter3D(c.in(1)), OptionsOf(w, groups));
    if (c.has(2)) y = y + c.in(2);
    return c.out_channels_last(0, y);
  }
  const Image2D image = ImageOf(c, w);
  Value y = Conv2D(image.x, Filter(c.in(1)), OptionsOf(image, groups));
  if (c.has(2)) y = y + c.in(2);
  OutImage(c, y);
}

// The sizes of the results of a transposed convolution of x, by its axes with the channels at the
// end; sets the pads.
std::vector<Dim> TransposedSizes(NodeImport& c, const Value& x, Window* window) {
  Window& w = *window;
  const auto axes = static_cast<size_t>(w.axes());
  const bool is_row = c.rank(0) == 3;
  const auto of_two = [is_row](std::vector<int64_t> v, int64_t first) {
    if (is_row && v.size() == 1) v.insert(v.begin(), first);
    return v;
  };
  const std::vector<int64_t> more = of_two(
      c.Ints("output_padding", std::vector<int64_t>(static_cast<size_t>(c.rank(0) - 2), 0)), 0);
  const std::vector<int64_t> given = of_two(c.Ints("output_shape"), 1);
  const std::string mode = AutoPad(c);
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  std::vector<Dim> sizes;
  if (more.size() != axes || (!given.empty() && given.size() != axes))
    return c.Invalid("output_padding or output_shape does not fit the rank"), sizes;
  for (int a = 0; a < w.axes(); ++a) {
    const Dim dim = x.dim(a + 1);
    const Dim whole = (dim - 1) * w.strides[a] + more[a] + w.extent(a);
    if (given.empty() && !same) {
      sizes.push_back(whole - w.begin[a] - w.end[a]);
      continue;
    }
    sizes.push_back(given.empty() ? dim * w.strides[a] : Dim(given[a]));
    const auto pad = TensorOf({whole - sizes.back()}, true);
    if (!pad.has_value()) return c.Unsupported("pads of an axis that is a symbol"), sizes;
    const int64_t all = std::max<int64_t>(pad->data<int64_t>()[0], 0);
    w.begin[a] = mode == "SAME_UPPER" ? all / 2 : all - all / 2;
  }
  return sizes;
}

// Sets the pads at the ends to as much as that the windows of x reach the end of a result of these
// sizes; one that is longer needs none.
void SetEnds(NodeImport& c, const Value& x, const std::vector<Dim>& sizes, Window* w) {
  for (int a = 0; a < w->axes(); ++a) {
    const Dim reach = (x.dim(a + 1) - 1) * w->strides[a] + w->extent(a);
    const auto rest = TensorOf({reach - sizes[a] - w->begin[a]}, true);
    if (!rest.has_value()) return c.Unsupported("an axis that is a symbol");
    w->end[a] = std::max<int64_t>(rest->data<int64_t>()[0], 0);
  }
}

void Transposed3D(NodeImport& c, Window w, int64_t groups) {
  const Value x = Transpose(c.in(0), {0, 2, 3, 4, 1});
  const std::vector<Dim> sizes = TransposedSizes(c, x, &w);
  if (c.ok()) SetEnds(c, x, sizes, &w);
  if (!c.ok()) return;
  const Value f = Filter3D(c.in(1));
  const Shape result({x.dim(0), sizes[0], sizes[1], sizes[2], f.dim(3) * groups});
  Value y = Conv3DInputGrad(x, f, result, OptionsOf(w, groups));
  if (c.has(2)) y = y + c.in(2);
  c.out_channels_last(0, y);
}

// What a convolution gives back to its input, Conv2DInputGrad. The pads that auto_pad means are
// those of TransposedSizes.
void ImportConvTranspose(NodeImport& c) {
  Window w;
  const std::vector<int64_t> kernel = KernelOf(c);
  if (!c.ok() || !ReadWindow(c, kernel, &w)) return;
  const int64_t groups = c.Int("group", 1);
  if (w.axes() == 3) return Transposed3D(c, w, groups);
  Image2D image = ImageOf(c, w);
  const std::vector<Dim> sizes = TransposedSizes(c, image.x, &image.w);
  if (c.ok()) SetEnds(c, image.x, sizes, &image.w);
  if (!c.ok()) return;
  // ONNX's [in, out / groups, height, width] is a convolution's filter from `out` to `in`.
  const Value f = Filter(c.in(1));
  const Shape result({image.x.dim(0), sizes[0], sizes[1], f.dim(2) * groups});
  Value y = Conv2DInputGrad(image.x, f, result, OptionsOf(image, groups));
  if (c.has(2)) y = y + c.in(2);
  OutImage(c, y);
}

// Of uint8 less its zero point, as numbers: sums of products of 8 bits are exact in float64.
Value Centered(NodeImport& c, int i, int zero, bool per_channel) {
  const Value x = Cast(c.in(i), DType::kFloat64);
  if (!c.has(zero)) return x;
  Value z = Cast(c.in(zero), DType::kFloat64);
  if (per_channel && z.rank() == 1 && !(z.dim(0) == Dim(1))) {
    Shape shape({z.dim(0)});
    while (shape.rank() < x.rank()) shape.push_back(1);
    z = Reshape(z, shape);
  }
  return x - z;
}

void ImportConvInteger(NodeImport& c) {
  Window w;
  const std::vector<int64_t> kernel = KernelOf(c);
  if (!c.ok() || !ReadWindow(c, kernel, &w)) return;
  if (w.axes() != 2) return c.Unsupported("axes other than two");
  const Image2D image = {Transpose(Centered(c, 0, 2, false), {0, 2, 3, 1}), w};
  const Value y =
      Conv2D(image.x, Filter(Centered(c, 1, 3, true)), OptionsOf(image, c.Int("group", 1)));
  c.out_channels_last(0, Cast(y, DType::kInt32));
}

// x, scale and zero point; w, scales and zero points; those of y; bias in units of both scales.
void ImportQLinearConv(NodeImport& c) {
  Window w;
  const std::vector<int64_t> kernel = SizesOf(c, c.shape(3));
  if (!c.ok() || !ReadWindow(c, kernel, &w)) return;
  if (w.axes() != 2) return c.Unsupported("axes other than two");
  const Image2D image = {Transpose(Centered(c, 0, 2, false), {0, 2, 3, 1}), w};
  Value y = Conv2D(image.x, Filter(Centered(c, 3, 5, true)), OptionsOf(image, c.Int("group", 1)));
  if (c.has(8)) y = y + Cast(c.in(8), DType::kFloat64);
  const auto real = [&c](int i) { return Cast(c.in(i), DType::kFloat64); };
  const Value q = Round(y * real(1) * real(4) / real(6)) + real(7);
  const DType to = c.dtype(7);
  c.out_channels_last(0, Cast(Clip(q, LowestValue(to), HighestValue(to)), to));
}

constexpr Row kRows[] = {
    {"Conv", ImportConv, 3},
    {"ConvInteger", ImportConvInteger, 4},
    {"ConvTranspose", ImportConvTranspose, 3},
    {"QLinearConv", ImportQLinearConv, 9},
};

}  // namespace

absl::Span<const Row> ConvolutionRows() { return kRows; }

}  // namespace dagrad::onnx
