// Pooling. Gradients go by the numbers of the elements that ONNX's MaxPool gives beside the maxima.
#include <algorithm>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/window.h"

namespace dagrad::onnx {
namespace {

// An image without elements has no window.
bool IsSame(const NodeExport& c) {
  const bool has_dtype = kHalvesAndFloats.Contains(c.dtype(0)) || c.opset() >= 22;
  return has_dtype && !(c.shape(0).NumElements() == Dim(0));
}

void WriteMaxPool(NodeExport& c) {
  const ExportWindow w = PoolOf(c, c.shape(0), c.out_shape());
  OutImage(c, c.Op("MaxPool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false)));
}

void WriteAvgPool(NodeExport& c) {
  const ExportWindow w = PoolOf(c, c.shape(0), c.out_shape());
  OutImage(c, c.Op("AveragePool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false)));
}

Var Flat(const Var& x) { return x.c->Op("Reshape", {x, x.c->Ints({-1})}); }

// Which element of [batch, channels, height, width], as one row, is the first maximum of each
// window.
Var PlacesOf(NodeExport& c, const ExportWindow& w) {
  return c.Ops("MaxPool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false), 2)[1];
}

Shape First(const Shape& image) { return {image.dim(0), image.dim(3), image.dim(1), image.dim(2)}; }

void WriteMaxPoolGather(NodeExport& c) {
  const Var places = PlacesOf(c, PoolOf(c, c.shape(0), c.out_shape()));
  OutImage(c, c.Op("Gather", {Flat(ImageIn(c, 1)), places}, {{"axis", 0}}));
}

void WriteMaxPoolGrad(NodeExport& c) {
  const Var places = PlacesOf(c, PoolOf(c, c.shape(0), c.shape(1)));
  const Shape first = First(c.shape(0));
  const Var zeros =
      c.Op("Expand", {c.Scalar(0, c.dtype(0)), c.SizesOf(Shape({first.NumElements()}))});
  const Var sums = c.Op("ScatterElements", {zeros, Flat(places), Flat(ImageIn(c, 1))},
                        {{"axis", 0}, {"reduction", "add"}}, c.dtype(0));
  OutImage(c, c.Reshape(sums, first));
}

// How many elements of the image each window has: [height, width].
Tensor Counts(const ExportWindow& w, DType dtype) {
  std::vector<double> by_axis[2], counts;
  for (int a = 0; a < 2; ++a) {
    const int64_t dim = w.image.dim(a + 1).value();
    for (int64_t i = 0; i < w.result.dim(a + 1).value(); ++i) {
      const int64_t from = i * w.strides[a] - w.pads[a], to = from + w.size[a];
      by_axis[a].push_back(static_cast<double>(std::min(to, dim) - std::max<int64_t>(from, 0)));
    }
  }
  for (double rows : by_axis[0])
    for (double columns : by_axis[1])
      counts.push_back(std::max(rows, 0.0) * std::max(columns, 0.0));
  const Dims dims = {static_cast<int64_t>(by_axis[0].size()),
                     static_cast<int64_t>(by_axis[1].size())};
  for (double& count : counts) count = std::max(count, 1.0);  // of nothing but padding
  return *Tensor::Of<double>(dims, counts).Cast(dtype);
}

// A transposed convolution of dy / count with ones, each channel by itself.
void WriteAvgPoolGrad(NodeExport& c) {
  const ExportWindow w = PoolOf(c, c.out_shape(), c.shape(0));
  const auto output_padding = OutputPadding(w);
  const bool is_known = w.image.dim(1).is_known() && w.image.dim(2).is_known();
  if (!output_padding.has_value() || !is_known)
    return c.Unsupported("an image whose size is a symbol");
  const Var share = ImageIn(c, 0) / c.Constant(Counts(w, c.dtype(0)));
  const Dim images = w.image.dim(0) * w.image.dim(3);
  const Var dy = c.Reshape(share, {images, Dim(1), w.result.dim(1), w.result.dim(2)});
  NodeAttributes attrs = w.Attributes(/*with_dilations=*/false);
  attrs.emplace_back("output_padding", *output_padding);
  const Var ones = c.Constant(Tensor::Full(c.dtype(0), {1, 1, w.size[0], w.size[1]}, 1));
  OutImage(c, c.Reshape(c.Op("ConvTranspose", {dy, ones}, attrs), First(w.image)));
}

bool IsSameRegions(const NodeExport& c) {
  return IsSame(c) && FitsFloat(c.attr<double>("spatial_scale"), c.dtype(0));
}

// Images, with their channels at axis 1, and corners.
Var Regions(NodeExport& c, const Var& images, const Var& rois, const Var& batch_indices,
            NodeAttributes attrs) {
  const char* const mode = c.attr<bool>("half_pixel") ? "half_pixel" : "output_half_pixel";
  attrs.emplace_back("coordinate_transformation_mode", mode);
  attrs.emplace_back("sampling_ratio", c.attr<int64_t>("sampling_ratio"));
  return c.Op("RoiAlign", {images, rois, batch_indices}, attrs);
}

// Zeros of a shape where there is nothing to add up.
bool WriteNoRegions(NodeExport& c) {
  const bool is_empty = c.out_shape().NumElements() == Dim(0) ||
                        c.shape(0).NumElements() == Dim(0) || c.shape(1).dim(0) == Dim(0);
  if (is_empty) c.out(0, c.Op("Expand", {c.Scalar(0, c.out_dtype()), c.SizesOf(c.out_shape())}));
  return is_empty;
}

void WriteRoiAlign(NodeExport& c) {
  if (WriteNoRegions(c)) return;
  const double scale = c.attr<double>("spatial_scale");
  NodeAttributes attrs = {{"output_height", c.attr<int64_t>("height")},
                          {"output_width", c.attr<int64_t>("width")},
                          {"mode", c.attr<std::string>("mode")}};
  if (IsSameRegions(c)) {
    attrs.emplace_back("spatial_scale", NodeAttribute::Value(scale));
    return OutImage(c, Regions(c, ImageIn(c, 0), c.in(1), c.in(2), attrs));
  }
  OutImage(c, Widened(c, {ImageIn(c, 0), c.in(1)}, [&](const std::vector<Var>& v) {
             return Regions(c, v[0], v[1] * scale, c.in(2), attrs);
           }));
}

// [n, n].
Var Identity(NodeExport& c, const Dim& n, DType dtype) {
  const Var i = c.Op("Range", {c.Scalar(0, DType::kInt64), c.Squeeze(c.SizeOf(n), {0}),
                               c.Scalar(1, DType::kInt64)});
  return c.Cast(Equal(c.Unsqueeze(i, {1}), c.Unsqueeze(i, {0})), dtype);
}

// The mean of a cell is Σ of row weight, column weight and pixel. RoiAlign itself gives the weights
// of the rows of each region, [m, 1, image's height, height], as the means of images of one column,
// of which channel i is 1 in row i; and so those of the columns.
void WriteRoiAlignGrad(NodeExport& c) {
  if (WriteNoRegions(c)) return;
  const Shape image = First(c.out_shape());
  const Dim m = c.shape(1).dim(0);
  const Var first_image = c.Op("Expand", {c.Scalar(0, DType::kInt64), c.SizesOf(Shape({m}))});
  OutImage(c, Widened(c, {ImageIn(c, 0), c.in(1)}, [&](const std::vector<Var>& v) {
             const Var dy = v[0], rois = v[1] * c.attr<double>("spatial_scale");
             const auto corner = [&](int i) { return c.SliceAxis(rois, 1, i, i + 1); };
             const auto all = [&](double number) {
               return c.Op("Expand", {c.Scalar(number, dy.dtype), c.SizesOf(Shape({m, 1}))});
             };
             Var rows = Regions(c, c.Unsqueeze(Identity(c, image.dim(2), dy.dtype), {0, 3}),
                                c.Concat({all(0), corner(1), all(0.5), corner(3)}, 1), first_image,
                                {{"output_height", c.attr<int64_t>("height")}});
             Var columns = Regions(c, c.Unsqueeze(Identity(c, image.dim(3), dy.dtype), {0, 2}),
                                   c.Concat({corner(0), all(0), corner(2), all(0.5)}, 1),
                                   first_image, {{"output_width", c.attr<int64_t>("width")}});
             rows = c.Unsqueeze(c.Squeeze(rows, {3}), {1});
             columns = c.Transpose(c.Unsqueeze(c.Squeeze(columns, {2}), {1}), {0, 1, 3, 2});
             const Var zeros = c.Op("Expand", {c.Scalar(0, dy.dtype), c.SizesOf(image)});
             const Var places = c.Unsqueeze(c.in(2), {1});
             return c.Op("ScatterND", {zeros, places, c.MatMul(c.MatMul(rows, dy), columns)},
                         {{"reduction", "add"}});
           }));
}

constexpr ExportRow kRows[] = {
    {"AvgPool2D", WriteAvgPool, IsSame}, {"AvgPool2DGrad", WriteAvgPoolGrad},
    {"MaxPool2D", WriteMaxPool, IsSame}, {"MaxPool2DGather", WriteMaxPoolGather},
    {"MaxPool2DGrad", WriteMaxPoolGrad}, {"RoiAlign", WriteRoiAlign, IsSameRegions},
    {"RoiAlignGrad", WriteRoiAlignGrad},
};

}  // namespace

absl::Span<const ExportRow> PoolingExportRows() { return kRows; }

}  // namespace dagrad::onnx
