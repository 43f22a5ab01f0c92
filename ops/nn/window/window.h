#ifndef DAGRAD_OPS_NN_WINDOW_WINDOW_H_
#define DAGRAD_OPS_NN_WINDOW_WINDOW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/op.h"

namespace dagrad::ops {

// The window that convolution and pooling slide over height (axis 0 here) and width (axis 1):
// output element o covers the input elements o * stride - pad_begin + i * dilation, i < size, of
// which those outside the input are padding.
struct Window {
  enum class Padding {
    kValid,  // none: output = floor((input - extent) / stride) + 1, where extent = (size - 1) *
             // dilation + 1
    kSame,   // output = ceil(input / stride); as little padding as that needs, the odd one at the
             // end (Keras, TensorFlow)
    kExplicit,  // as given: output = floor((input + begin + end - extent) / stride) + 1
  };
  std::vector<int64_t> strides = {1, 1};
  std::vector<int64_t> dilations = {1, 1};
  Padding padding = Padding::kValid;
  std::vector<int64_t> explicit_padding = {0, 0, 0, 0};  // top, bottom, left, right
};

// The attributes "strides", "dilations" and "explicit_padding" (ints), where the node has them, and
// "padding"
// ("valid", "same", "explicit"). Violations: <label>_c2 (strides and dilations are two positive
// numbers), <label>_c3 (padding's name), <label>_c4 (explicit_padding is four numbers >= 0, all 0
// unless padding is "explicit").
absl::StatusOr<Window> ReadWindow(const AttrMap& attrs, absl::string_view label);

// Output size along `axis`. Invalid, or negative numbers, where the window does not fit.
Dim WindowOutput(const Window& window, int axis, const Dim& input, const Dim& size);

// Whether the window of known sizes fits the padded input; true where a size is symbolic. A window
// of size 0 never fits.
bool WindowFits(const Window& window, int axis, const Dim& input, const Dim& size);

// Elements of padding before the first of the input.
int64_t WindowPadBegin(const Window& window, int axis, int64_t input, int64_t size, int64_t output);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_NN_WINDOW_WINDOW_H_
