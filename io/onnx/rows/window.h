#ifndef DAGRAD_IO_ONNX_ROWS_WINDOW_H_
#define DAGRAD_IO_ONNX_ROWS_WINDOW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/io/onnx/node_import.h"

namespace dagrad::onnx {

// The window of a convolution or a pooling, by spatial axes.
struct Window {
  std::vector<int64_t> size, strides, dilations;
  std::vector<int64_t> begin, end;  // pads
  std::vector<int64_t> given_end;   // `end` before ceil_mode added to it

  int axes() const { return static_cast<int>(size.size()); }
  int64_t extent(int a) const { return (size[a] - 1) * dilations[a] + 1; }
  // Of an axis of `dim` elements.
  Dim Results(int a, const Dim& dim) const {
    return Dim::FloorDiv(dim + begin[a] + end[a] - extent(a), strides[a]) + 1;
  }
};

// The attribute auto_pad.
std::string AutoPad(NodeImport& c);

// That of the node, whose input 0 is [batch, channels, axis …], with pads of auto_pad. False after
// an error: where lists do not fit the rank, or have numbers that no window has.
bool ReadWindow(NodeImport& c, std::vector<int64_t> size, Window* w);

// ceil_mode: a last window that begins inside of the input or of the padding before it counts.
void RoundUp(NodeImport& c, Window* w);

// Input 0 as [batch, height, width, channels]: of one spatial axis, the height is 1.
struct Image2D {
  Value x;
  Window w;
  std::vector<int64_t> pads() const { return {w.begin[0], w.end[0], w.begin[1], w.end[1]}; }
};
Image2D ImageOf(NodeImport& c, const Window& w);
// Output 0 from such an image, of the rank of input 0.
void OutImage(NodeImport& c, Value y);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_ROWS_WINDOW_H_
