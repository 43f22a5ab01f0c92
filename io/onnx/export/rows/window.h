#ifndef DAGRAD_IO_ONNX_EXPORT_ROWS_WINDOW_H_
#define DAGRAD_IO_ONNX_EXPORT_ROWS_WINDOW_H_

#include <optional>
#include <vector>

#include "dagrad/io/onnx/export/node_export.h"

namespace dagrad::onnx {

// The window of a convolution or of a pooling over height and width, as ONNX has it.
struct ExportWindow {
  std::vector<int64_t> size, strides, dilations;
  // top, left, bottom, right; empty where an axis is a symbol and padding is "same".
  std::vector<int64_t> pads;
  Shape image, result;  // [batch, height, width, channels]

  int64_t extent(int a) const { return (size[a] - 1) * dilations[a] + 1; }
  // kernel_shape, strides, dilations and pads; auto_pad instead of pads that are not known.
  NodeAttributes Attributes(bool with_dilations) const;
};

// Of the node's attributes, for an image and a result of these shapes.
ExportWindow WindowOf(const NodeExport& c, std::vector<int64_t> size, const Shape& image,
                      const Shape& result);
// Of the pooling ops.
ExportWindow PoolOf(const NodeExport& c, const Shape& image, const Shape& result);

// What a transposed convolution adds to the end of the image, so that it is of the image's size:
// height, width. Nothing where that is not known.
std::optional<std::vector<int64_t>> OutputPadding(const ExportWindow& w);

// Whether ONNX has its pooling ops for the node's image: an image without elements has no window.
bool HasPooling(const NodeExport& c);

// [batch, height, width, channels] with the channels at axis 1.
inline Shape FirstChannels(const Shape& image) {
  return {image.dim(0), image.dim(3), image.dim(1), image.dim(2)};
}
inline Var ImageIn(NodeExport& c, int i) { return c.in(i, ChannelsFirst(4)); }
inline void OutImage(NodeExport& c, const Var& y) { c.out(0, y, Inverse(ChannelsFirst(4))); }

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_ROWS_WINDOW_H_
