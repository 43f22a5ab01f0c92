#include "dagrad/ops/nn/conv/conv2d_windows.h"

#include <algorithm>

namespace dagrad::ops::conv2d_internal {
namespace {

constexpr int64_t kElements = 64 * 1024;  // of a block's strip

}  // namespace

bool ImageWindows::is_padded() const {
  return top < 0 || left < 0 || left + StripWidth() > width ||
         top + (rows - 1) * stride_y + (taps_y - 1) * dilation_y >= height;
}

int64_t ImageWindows::StripElements(int64_t count) const {
  return StripHeight(count) * StripWidth() * channels;
}

int64_t ImageWindows::RowsOfBlock() const {
  const int64_t more = kElements - StripElements(1);
  const int64_t count = 1 + more / (stride_y * StripWidth() * channels);
  return std::clamp<int64_t>(more < 0 ? 1 : count, 1, rows);
}

int64_t ImageWindows::ColumnsOfBlock() const {
  constexpr int64_t kFewest = 64;  // a product of fewer rows packs too little work
  if (StripElements(1) <= kElements) return columns;
  const int64_t width = kElements / (StripHeight(1) * channels);
  return std::min(columns, std::max(kFewest, (width - taps_x) / stride_x + 1));
}

ImageWindows ImageWindows::Columns(int64_t begin, int64_t count) const {
  ImageWindows w = *this;
  w.left += begin * stride_x;
  w.columns = count;
  return w;
}

void ImageWindows::CopyStrip(const float* image, int64_t begin, int64_t end, float* to) const {
  const int64_t before = std::clamp<int64_t>(-left, 0, StripWidth());
  const int64_t first = std::max<int64_t>(left, 0);
  const int64_t inside = std::clamp<int64_t>(width - first, 0, StripWidth() - before);
  const int64_t origin = top + begin * stride_y, size = StripWidth() * channels;
  for (int64_t r = 0; r < StripHeight(end - begin); ++r, to += size) {
    const int64_t y = origin + r;
    if (y < 0 || y >= height) {
      std::fill_n(to, size, 0.0f);
      continue;
    }
    std::fill_n(to, before * channels, 0.0f);
    std::copy_n(image + (y * width + first) * channels, inside * channels, to + before * channels);
    std::fill(to + (before + inside) * channels, to + size, 0.0f);
  }
}

runtime::simd::Windows ImageWindows::On(const float* image, int64_t begin, int64_t end,
                                        float* scratch) const {
  const bool copied = is_padded();
  const int64_t pitch = (copied ? StripWidth() : width) * channels;
  if (copied) CopyStrip(image, begin, end, scratch);
  return {.data = copied ? scratch : image + (top + begin * stride_y) * pitch + left * channels,
          .rows = end - begin,
          .columns = columns,
          .row_step = stride_y * pitch,
          .column_step = stride_x * channels,
          .segments = taps_y,
          .segment = taps_x * channels,
          .segment_step = dilation_y * pitch};
}

ImageWindows ForwardWindows(const Sizes& s) {
  return {.height = s.height,
          .width = s.width,
          .channels = s.in_channels,
          .rows = s.out_height,
          .columns = s.out_width,
          .top = -s.pad_top,
          .left = -s.pad_left,
          .stride_y = s.stride_y,
          .stride_x = s.stride_x,
          .dilation_y = s.dilation_y,
          .taps_y = s.filter_height,
          .taps_x = s.filter_width};
}

namespace {

// Along one axis: results i = phase, phase + stride, … read element (i + pad - tap) / stride of dy
// by the taps first, first + stride, …; the last of these taps reads `origin` for the first result.
struct AxisPhase {
  int64_t first, taps, origin, results;
};

AxisPhase PhaseOf(int64_t phase, int64_t size, int64_t filter, int64_t stride, int64_t pad) {
  AxisPhase p;
  p.first = (phase + pad) % stride;
  p.taps = p.first < filter ? (filter - p.first + stride - 1) / stride : 0;
  p.origin = (phase + pad - p.first) / stride - (p.taps - 1);
  p.results = phase < size ? (size - phase + stride - 1) / stride : 0;
  return p;
}

}  // namespace

std::vector<InputGradPhase> InputGradPhases(const Sizes& s) {
  std::vector<InputGradPhase> phases;
  for (int64_t py = 0; py < s.stride_y; ++py) {
    const AxisPhase y = PhaseOf(py, s.height, s.filter_height, s.stride_y, s.pad_top);
    for (int64_t px = 0; px < s.stride_x; ++px) {
      const AxisPhase x = PhaseOf(px, s.width, s.filter_width, s.stride_x, s.pad_left);
      if (y.results == 0 || x.results == 0) continue;
      const bool any = y.taps > 0 && x.taps > 0;
      phases.push_back({py,
                        px,
                        y.first,
                        x.first,
                        {.height = s.out_height,
                         .width = s.out_width,
                         .channels = s.out_channels,
                         .rows = y.results,
                         .columns = x.results,
                         .top = y.origin,
                         .left = x.origin,
                         .stride_y = 1,
                         .stride_x = 1,
                         .dilation_y = 1,
                         .taps_y = any ? y.taps : 0,
                         .taps_x = any ? x.taps : 0}});
    }
  }
  return phases;
}

}  // namespace dagrad::ops::conv2d_internal
