// Pooling. Gradients go by the numbers of the elements that ONNX's MaxPool gives beside the maxima.
#include <algorithm>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/window.h"

namespace dagrad::onnx {
namespace {

void WriteMaxPool(NodeExport& c) {
  const ExportWindow w = PoolOf(c, c.shape(0), c.out_shape());
  OutImage(c, c.Op("MaxPool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false)));
}

void WriteAvgPool(NodeExport& c) {
  const ExportWindow w = PoolOf(c, c.shape(0), c.out_shape());
  OutImage(c, c.Op("AveragePool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false)));
}

// Which element of [batch, channels, height, width], as one row, is the first maximum of each
// window.
Var PlacesOf(NodeExport& c, const ExportWindow& w) {
  return c.Ops("MaxPool", {ImageIn(c, 0)}, w.Attributes(/*with_dilations=*/false), 2)[1];
}

void WriteMaxPoolGather(NodeExport& c) {
  const Var places = PlacesOf(c, PoolOf(c, c.shape(0), c.out_shape()));
  OutImage(c, c.Op("Gather", {Flat(ImageIn(c, 1)), places}, {{"axis", 0}}));
}

void WriteMaxPoolGrad(NodeExport& c) {
  const Var places = PlacesOf(c, PoolOf(c, c.shape(0), c.shape(1)));
  const Shape first = FirstChannels(c.shape(0));
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
  OutImage(c, c.Reshape(c.Op("ConvTranspose", {dy, ones}, attrs), FirstChannels(w.image)));
}

constexpr ExportRow kRows[] = {
    {"AvgPool2D", WriteAvgPool, HasPooling}, {"AvgPool2DGrad", WriteAvgPoolGrad},
    {"MaxPool2D", WriteMaxPool, HasPooling}, {"MaxPool2DGather", WriteMaxPoolGather},
    {"MaxPool2DGrad", WriteMaxPoolGrad},
};

}  // namespace

absl::Span<const ExportRow> PoolingExportRows() { return kRows; }

}  // namespace dagrad::onnx
