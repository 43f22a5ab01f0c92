#include "dagrad/ops/nn/conv/winograd.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/nn/conv/winograd_internal.h"

namespace dagrad::ops::conv2d_internal {
namespace {

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

WinogradTiles::WinogradTiles(int m, const Sizes& s, bool input_grad)
    : m(m),
      batch(s.batch),
      height(s.height),
      width(s.width),
      in(s.in_channels),
      out_height(s.out_height),
      out_width(s.out_width),
      out(s.out_channels),
      top(s.pad_top),
      left(s.pad_left) {
  if (input_grad) {
    std::swap(height, out_height);
    std::swap(width, out_width);
    std::swap(in, out);
    top = 2 - top;
    left = 2 - left;
  }
  tiles_y = CeilDiv(out_height, m);
  tiles_x = CeilDiv(out_width, m);
  for (int results = 1; results <= m; ++results) {
    windows.push_back(winograd::Ranges::Sliding(m + 2, results, 3));
    meets.push_back(winograd::Ranges::Sliding(m + 2, 3, results));
  }
  const auto meet_middle = [m](int64_t out_size, int64_t before, int64_t after) {
    return before <= m / 2 && after <= m / 2 && (before + after < m || out_size > m);
  };
  taps_meet_middle = meet_middle(out_height, top, out_height + 2 - top - height) &&
                     meet_middle(out_width, left, out_width + 2 - left - width);
}

winograd::TileOf<const float> WinogradTiles::Input(const float* images, int64_t t) const {
  const int64_t image = t / per_image(), at = t % per_image();
  const float* const first = images + image * height * width * in;
  return {first, height, width, in, in, at / tiles_x * m - top, at % tiles_x * m - left};
}

int64_t WinogradStride(int64_t columns) {
  const int64_t stride = CeilDiv(columns, 16) * 16;
  return stride % 128 == 0 ? stride + 16 : stride;
}

bool WinogradApplies(const Sizes& s) {
  return s.filter_height == 3 && s.filter_width == 3 && s.stride_y == 1 && s.stride_x == 1 &&
         s.dilation_y == 1 && s.dilation_x == 1 && s.groups == 1 &&
         s.in_channels >= winograd::kLeastChannels && s.out_channels >= winograd::kLeastChannels;
}

namespace {

// Rough seconds on one core, whose parts were fitted to the measurements below.
double WinogradSeconds(int m, Kind kind, const Sizes& s, bool filter_is_fixed) {
  const WinogradBlocking b(m, s, kind == Kind::kInputGrad);
  const double positions = static_cast<double>(b.tiles.positions());
  const double tiles = static_cast<double>(b.tiles.count());
  const double in = static_cast<double>(s.in_channels), out = static_cast<double>(s.out_channels);
  const double filter = positions * in * out * sizeof(float);
  // To make and to read the filter, or to read it only. The larger, the slower the cache, or
  // memory, that it goes through.
  double filter_seconds = filter * std::min(0.05e-9 + 0.01e-15 * filter, 0.22e-9);
  if (kind != Kind::kFilterGrad) {
    if (b.IsByPanels()) filter_seconds = in * out * 6e-9 + filter * 0.07e-9;
    if (filter_is_fixed) filter_seconds = filter > 4e6 ? filter * 0.05e-9 : 0;
  }
  double transforms = positions * tiles * (in + out) * (m == 2 ? 0.2e-9 : 0.45e-9);
  double products = 2 * positions * tiles * in * out / 95e9;
  if (kind == Kind::kFilterGrad) {  // both go through the last cache
    transforms *= 1.6;
    products *= 1.1;
  }
  return products + transforms + filter_seconds;
}

double DirectSeconds(Kind kind, const Sizes& s, bool filter_is_fixed) {
  const double filter = static_cast<double>(FilterElements(s)) * sizeof(float);
  double rate = filter > 2e6 ? 0.3e-9 : 0;
  if (kind == Kind::kFilterGrad) rate *= 1.5;
  if (filter_is_fixed) rate /= 3;
  return Flops(s) / 105e9 + rate * filter;
}

}  // namespace

// Measured on one core (Zen 4, AVX-512): how many times as fast as the kernels for any window (by
// oneDNN, or by im2col for one image forward) F(2 x 2) and F(4 x 4) are, the filter's transform
// included. With AVX2 they gain more. Taken from 1.15 times on, by the estimates above.
//   images, channels     | forward  | input grad | filter grad
//   64 of 14 x 14, 32-64 | 1.2, 1.4 | 1.3, 1.3   | 1.1, 1.1
//   64 of 32 x 32, 64    | 1.6, 2.4 | 1.7, 2.3   | 1.2, 1.5
//   64 of 16 x 16, 128   | 1.6, 1.9 | 1.7, 2.1   | 1.4, 1.8
//   64 of 8 x 8, 256     | 1.5, 1.9 | 1.5, 2.0   | 1.6, 2.4
//   64 of 4 x 4, 512     | 2.2, 2.6 | 1.6, 2.2   | 2.4, 4.1
//   1 of 56 x 56, 64     | 1.7, 2.1 | 1.3, 1.7   | 1.2, 1.7
//   1 of 28 x 28, 128    | 1.6, 1.8 | 1.4, 1.7   | 1.3, 1.5
//   1 of 14 x 14, 256    | 1.6, 1.1 | 1.3, 1.1   | 1.3, 0.8
//   1 of 7 x 7, 512      | 1.6, 1.2 | 1.3, 1.1   | 1.0, 0.5
//   4 of 56 x 56, 64     | 1.5, 1.9 | 1.5, 1.9   | 1.4, 1.9
//   4 of 28 x 28, 128    | 1.5, 1.9 | 1.5, 1.8   | 1.5, 2.1
//   4 of 14 x 14, 256    | 1.4, 1.6 | 1.5, 1.7   | 1.5, 1.6
//   4 of 7 x 7, 512      | 1.2, 1.4 | 1.4, 1.7   | 1.5, 1.1
//   8 of 7 x 7, 512      | 1.2, 1.5 | 1.4, 1.9   | 1.7, 1.8
int WinogradForm(Kind kind, const Sizes& s, bool filter_is_fixed) {
  if (!WinogradApplies(s)) return 0;
  filter_is_fixed = filter_is_fixed && kind != Kind::kFilterGrad;
  const double two = WinogradSeconds(2, kind, s, filter_is_fixed);
  const double four = WinogradSeconds(4, kind, s, filter_is_fixed);
  // The smaller form is the more precise one.
  const int best = four < 0.9 * two ? 4 : 2;
  return std::min(two, four) * 1.15 < DirectSeconds(kind, s, filter_is_fixed) ? best : 0;
}

void MakeWinogradKernel(int m, Kind kind, const Sizes& sizes, bool filter_is_fixed,
                        runtime::Kernel* kernel, const Epilogue& epilogue) {
  kernel->implementation = absl::StrCat("winograd:", m, "x", m);
  if (kind == Kind::kFilterGrad) {
    MakeWinogradFilterGrad(m, sizes, kernel);
  } else {
    MakeWinogradImages(m, kind, sizes, filter_is_fixed, epilogue, kernel);
  }
}

}  // namespace dagrad::ops::conv2d_internal
