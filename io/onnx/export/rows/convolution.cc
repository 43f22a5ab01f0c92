// Convolutions. ONNX has the channels at axis 1, and filters as [filters, channels / groups,
// height, width].
#include <string>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/window.h"

namespace dagrad::onnx {
namespace {

const Perm kFilter = {3, 2, 0, 1};  // of [height, width, channels / groups, filters]

bool HasDType(const NodeExport& c) {
  return kHalvesAndFloats.Contains(c.dtype(0)) || c.opset() >= 22;
}

// Height and width of a filter; none where one is a symbol.
std::vector<int64_t> SizeOf(const Shape& filter) {
  if (!filter.dim(0).is_known() || !filter.dim(1).is_known()) return {};
  return {filter.dim(0).value(), filter.dim(1).value()};
}

Var Convolution(NodeExport& c) {
  const std::vector<int64_t> size = SizeOf(c.shape(1));
  if (size.empty()) return c.Unsupported("a filter whose size is a symbol"), c.in(0);
  const ExportWindow w = WindowOf(c, size, c.shape(0), c.out_shape());
  NodeAttributes attrs = w.Attributes(/*with_dilations=*/true);
  attrs.emplace_back("group", c.attr<int64_t>("groups"));
  return c.Op("Conv", {ImageIn(c, 0), c.in(1, kFilter)}, attrs);
}

void WriteConv2D(NodeExport& c) { OutImage(c, Convolution(c)); }

void WriteFusedConv2D(NodeExport& c) {
  Var y = c.Transpose(Convolution(c), Inverse(ChannelsFirst(4))) + c.in(2);
  if (c.num_inputs() > 3) y = y + c.in(3);
  const std::string& activation = c.attr<std::string>("activation");
  if (!activation.empty()) y = Max(y, c.Scalar(0, y.dtype));
  if (activation == "relu6") y = Min(y, c.Scalar(6, y.dtype));
  c.out(0, y);
}

// A transposed convolution. Its filter is [filters, channels / groups, …] too, from filters to
// channels.
void WriteInputGrad(NodeExport& c) {
  const std::vector<int64_t> size = SizeOf(c.shape(1));
  if (size.empty()) return c.Unsupported("a filter whose size is a symbol");
  const ExportWindow w = WindowOf(c, size, c.out_shape(), c.shape(0));
  const auto output_padding = OutputPadding(w);
  if (!output_padding.has_value())
    return c.Unsupported("padding of an image whose size is a symbol");
  NodeAttributes attrs = w.Attributes(/*with_dilations=*/true);
  attrs.emplace_back("group", c.attr<int64_t>("groups"));
  attrs.emplace_back("output_padding", *output_padding);
  OutImage(c, c.Op("ConvTranspose", {ImageIn(c, 0), c.in(1, kFilter)}, attrs));
}

// x as [channels / groups, groups · batch, height, width].
Var ChannelsAsBatch(NodeExport& c, int64_t groups) {
  if (groups == 1) return c.in(0, {3, 0, 1, 2});
  const Shape& x = c.shape(0);
  const Dim each = *Dim::ExactDiv(x.dim(3), Dim(groups));
  const Var apart = c.Reshape(c.in(0), {x.dim(0), x.dim(1), x.dim(2), Dim(groups), each});
  const Var turned = c.Transpose(apart, {4, 3, 0, 1, 2});
  return c.Reshape(turned, {each, x.dim(0) * groups, x.dim(1), x.dim(2)});
}

// A convolution of x by dy over the images, with the batch as channels and strides and dilations
// exchanged; of its results the filter's size is wanted.
void WriteFilterGrad(NodeExport& c) {
  const int64_t groups = c.attr<int64_t>("groups");
  const std::vector<int64_t> size = SizeOf(c.out_shape());
  if (size.empty()) return c.Unsupported("a filter whose size is a symbol");
  ExportWindow w = WindowOf(c, size, c.shape(0), c.shape(1));
  if (w.pads.empty()) return c.Unsupported("padding of an image whose size is a symbol");
  const Var y = c.Op(
      "Conv", {ChannelsAsBatch(c, groups), c.in(1, {3, 0, 1, 2})},
      {{"strides", w.dilations}, {"dilations", w.strides}, {"pads", w.pads}, {"group", groups}});
  const Var cut = c.SliceAxis(c.SliceAxis(y, 2, 0, size[0]), 3, 0, size[1]);
  c.out(0, cut, {2, 3, 0, 1});
}

constexpr ExportRow kRows[] = {
    {"Conv2D", WriteConv2D, HasDType},
    {"Conv2DFilterGrad", WriteFilterGrad},
    {"Conv2DInputGrad", WriteInputGrad},
    {"FusedConv2D", WriteFusedConv2D},
};

}  // namespace

absl::Span<const ExportRow> ConvolutionExportRows() { return kRows; }

}  // namespace dagrad::onnx
