#include "dagrad/io/onnx/rows/window.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kMostOfWindow = int64_t{1} << 31;

// SAME: as much padding as ⌈size/stride⌉ results need, the odd element behind (UPPER) or before. Of
// a symbolic size that is a number for stride 1, and where the stride divides what the symbols
// stand for. That of a transposed convolution is another (convolution.cc).
void PadAutomatically(NodeImport& c, Window* w) {
  const std::string mode = AutoPad(c);
  if (mode == "NOTSET" || mode.empty() || c.op() == "ConvTranspose") return;
  const auto n = static_cast<size_t>(w->axes());
  w->begin.assign(n, 0);
  w->end.assign(n, 0);
  if (mode == "VALID") return;
  const Shape x = c.shape(0);
  for (int a = 0; a < w->axes() && c.ok(); ++a) {
    const Dim dim = x.dim(a + 2);
    const Dim reach = (Dim::CeilDiv(dim, w->strides[a]) - 1) * w->strides[a] + w->extent(a);
    const std::optional<int64_t> needed = NumberOf(reach - dim);
    if (!needed.has_value())
      return c.Unsupported("auto_pad with a stride of an axis that is a symbol");
    const int64_t pad = std::max<int64_t>(*needed, 0);
    w->begin[a] = mode == "SAME_UPPER" ? pad / 2 : pad - pad / 2;
    w->end[a] = pad - w->begin[a];
  }
}

}  // namespace

std::string AutoPad(NodeImport& c) {
  return c.Choice("auto_pad", "NOTSET", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", ""});
}

bool ReadWindow(NodeImport& c, std::vector<int64_t> size, Window* w) {
  const int axes = c.rank(0) - 2;
  if (axes < 1 || axes > 3) {
    c.Unsupported(absl::StrCat("input 0 of shape ", c.shape(0).ToString(),
                               "; only one, two or three axes behind the channels"));
    return false;
  }
  const auto n = static_cast<size_t>(axes);
  w->size = std::move(size);
  w->strides = c.Ints("strides", std::vector<int64_t>(n, 1));
  w->dilations = c.Ints("dilations", std::vector<int64_t>(n, 1));
  const std::vector<int64_t> pads = c.Ints("pads", std::vector<int64_t>(2 * n, 0));
  if (w->size.size() != n || w->strides.size() != n || w->dilations.size() != n ||
      pads.size() != 2 * n) {
    return c.Invalid("kernel, strides, dilations and pads do not fit the input's rank"), false;
  }
  for (const std::vector<int64_t>* list : std::initializer_list<const std::vector<int64_t>*>{
           &w->size, &w->strides, &w->dilations, &pads}) {
    const int64_t least = list == &pads ? 0 : 1;
    for (int64_t v : *list) {
      if (v < least || v >= kMostOfWindow)
        return c.Invalid(absl::StrCat("its window has a ", v)), false;
    }
  }
  w->begin.assign(pads.begin(), pads.begin() + axes);
  w->end.assign(pads.begin() + axes, pads.end());
  PadAutomatically(c, w);
  w->given_end = w->end;
  return c.ok();
}

void RoundUp(NodeImport& c, Window* w) {
  const Shape x = c.shape(0);
  for (int a = 0; a < w->axes() && c.Int("ceil_mode", 0) != 0; ++a) {
    const Dim dim = x.dim(a + 2);
    if (!dim.is_known()) return c.Unsupported("ceil_mode of an axis that is a symbol");
    const int64_t d = dim.value(), s = w->strides[a], before = w->begin[a];
    const Dim room = d + before + w->end[a] - w->extent(a);
    int64_t results = NumberOf(Dim::CeilDiv(room, s) + 1).value_or(0);
    if ((results - 1) * s >= d + before) --results;
    // Fewer results than without: what no window reaches is taken off.
    w->end[a] = std::max<int64_t>((results - 1) * s + w->extent(a) - d - before, 0);
  }
}

Image2D ImageOf(NodeImport& c, const Window& w) {
  Image2D image = {c.in_channels_last(0), w};
  if (w.axes() != 1) return image;
  const Value x = image.x;
  image.x = Reshape(x, {x.dim(0), Dim(1), x.dim(1), x.dim(2)});
  for (auto* list : {&image.w.size, &image.w.strides, &image.w.dilations})
    list->insert(list->begin(), 1);
  for (auto* list : {&image.w.begin, &image.w.end}) list->insert(list->begin(), 0);
  return image;
}

void OutImage(NodeImport& c, Value y) {
  const bool is_row = c.rank(0) == 3;
  c.out_channels_last(0, is_row ? Reshape(y, {y.dim(0), y.dim(2), y.dim(3)}) : y);
}

}  // namespace dagrad::onnx
