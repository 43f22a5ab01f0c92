// What Winograd's transforms must not mix, by the definition of a convolution.
#include <algorithm>

#include "dagrad/ops/nn/conv/winograd_internal.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {

using runtime::KernelArgs;
using winograd::Ranges;
using winograd::TileOf;
namespace simd = runtime::simd;

namespace {

// Of m columns of results, those that tap `b` takes a pixel for: [begin, end).
struct Columns {
  template <typename T>
  Columns(int m, int b, const TileOf<const float>& x, const TileOf<T>& y)
      : begin(std::max<int64_t>(0, -x.x - b)),
        end(std::min({int64_t{m}, y.width - y.x, x.width - x.x - b})) {}
  int64_t count() const { return std::max<int64_t>(end - begin, 0); }
  int64_t begin, end;
};

template <typename T>
T* PixelOf(const TileOf<T>& t, int64_t i, int64_t j) {
  return t.image + ((t.y + i) * t.width + t.x + j) * t.pixel;
}

// f(i, a) for each row i of results and row a of taps that meet in the image.
template <typename T, typename F>
void ForRowsThatMeet(int m, const TileOf<const float>& x, const TileOf<T>& y, F f) {
  for (int i = 0; i < std::min<int64_t>(m, y.height - y.y); ++i) {
    for (int a = 0; a < 3; ++a) {
      if (x.y + i + a >= 0 && x.y + i + a < x.height) f(i, a);
    }
  }
}

// The ranges of rows of taps that meet an image of `size` rows, for all results: these are the
// same but near the image's ends.
Ranges TapsSeen(int64_t size, int64_t padding, int64_t out_size) {
  Ranges seen(3);
  for (int64_t from_end : {size - 1, size - 2, size - 3, int64_t{0}, int64_t{-1}, int64_t{-2}}) {
    const int64_t at = padding + from_end;  // of a result
    const int64_t first = std::max<int64_t>(-from_end, 0);
    if (at >= 0 && at < out_size && first < size - from_end) seen.Add(first, size - from_end);
  }
  return seen;
}

}  // namespace

bool WinogradTiles::MayMixPixels(const TileOf<const float>& x) const {
  // The windows of the results: the first pixel is `top` above the first of these.
  const int64_t rows = std::min<int64_t>(m, out_height - x.y - top);
  const int64_t columns = std::min<int64_t>(m, out_width - x.x - left);
  return winograd::MayMixPixels(x, windows[rows - 1], windows[columns - 1]);
}

bool WinogradBlocking::MayMixTaps(const float* filter, int64_t panel, int64_t row,
                                  int64_t rows) const {
  const int64_t column = panel * panel_columns;
  const int64_t columns = std::min(panel_columns, tiles.out - column);
  const int64_t row_step = flipped ? 1 : tiles.out, column_step = flipped ? tiles.in : 1;
  double sums[9][kMostPanelColumns];
  for (int tap = 0; tap < 9; ++tap) {
    const float* const taps =
        filter + tap * tiles.in * tiles.out + row * row_step + column * column_step;
    winograd::SumSquares(taps, row_step, column_step, rows, columns, sums[flipped ? 8 - tap : tap]);
  }
  const Ranges seen_y = TapsSeen(tiles.height, tiles.top, tiles.out_height);
  const Ranges seen_x = TapsSeen(tiles.width, tiles.left, tiles.out_width);
  for (int64_t c = 0; c < columns; ++c) {
    double of_filter[9];
    for (int tap = 0; tap < 9; ++tap) of_filter[tap] = sums[tap][c];
    if (!winograd::MayMix(of_filter, seen_y, seen_x)) return false;
  }
  return true;
}

void WinogradBlocking::PanelByDefinition(const KernelArgs& args, int64_t t, int64_t panel,
                                         const float* filter, float* p, int64_t step) const {
  constexpr int64_t kTogether = 4;  // parts of the taps
  alignas(64) float taps[kTogether * kPartRows * kMostPanelColumns];
  const int m = tiles.m;
  const TileOf<const float> x = tiles.Input(args.in<float>(0), t);
  const TileOf<float> y = tiles.Output(args.out<float>(0), t);
  const int64_t columns = std::min(panel_columns, tiles.out - panel * panel_columns);
  for (int slot = 0; slot < m * m; ++slot) std::fill_n(p + slot * step, columns, 0.0f);
  for (int tap = 0; tap < 9; ++tap) {
    const Columns met(m, tap % 3, x, y);
    for (int64_t part = 0; part < parts && met.count() > 0; part += kTogether) {
      const int64_t end = std::min(part + kTogether, parts);
      const int64_t row = RowsOfPart(part).begin, rows = RowsOfPart(end - 1).end - row;
      if (filter != nullptr) CopyTaps(filter, panel, tap, row, rows, taps);
      for (int64_t i = part; filter == nullptr && i < end; ++i)
        CopyKeptTaps(args.kept, panel, tap, i, taps + (RowsOfPart(i).begin - row) * panel_columns);
      ForRowsThatMeet(m, x, y, [&](int i, int a) {
        if (a != tap / 3) return;
        simd::Gemm(met.count(), columns, rows,
                   {PixelOf(x, i + a, met.begin + tap % 3) + row, tiles.in}, {taps, panel_columns},
                   {p + (i * m + met.begin) * step, step, true});
      });
    }
  }
}

void WinogradBlocking::CopyTaps(const float* filter, int64_t panel, int tap, int64_t row,
                                int64_t rows, float* to) const {
  const int64_t column = panel * panel_columns;
  const float* const taps = filter + (flipped ? 8 - tap : tap) * tiles.in * tiles.out;
  const simd::GemmOperand from =
      flipped ? simd::GemmOperand{taps + column * tiles.in + row, tiles.in, true}
              : simd::GemmOperand{taps + row * tiles.out + column, tiles.out};
  simd::PackRight(rows, std::min(panel_columns, tiles.out - column), from, 0, 1, to);
}

void WinogradBlocking::CopyKeptTaps(std::byte* kept, int64_t panel, int tap, int64_t part,
                                    float* to) const {
  const runtime::ShardRange rows = RowsOfPart(part);
  const int64_t count = (rows.end - rows.begin) * panel_columns;
  const float* const from = PanelOf(kept, panel) + rows.begin * panel_columns;
  if (Transformed(kept, panel)[part]) {
    winograd::TapOfTransform(tiles.m, tap, from, filter_step, count, to);
  } else {
    std::copy_n(from + tap * filter_step, count, to);
  }
}

bool WinogradTiles::MayMixPixelsForFilter(TileOf<const float> x, TileOf<const float> y) const {
  // A tile that is not full is judged with those before it: what its taps meet is little by itself.
  const int64_t up = y.y - std::clamp<int64_t>(out_height - m, 0, y.y);
  const int64_t aside = y.x - std::clamp<int64_t>(out_width - m, 0, y.x);
  x.y -= up, x.x -= aside, y.y -= up, y.x -= aside;
  const int64_t rows = std::min<int64_t>(m, out_height), columns = std::min<int64_t>(m, out_width);
  if (!winograd::MayMixPixels(x, meets[rows - 1], meets[columns - 1])) return false;
  // Of the cotangents, each tap meets those whose pixels are in the image.
  Ranges rows_met(m), columns_met(m);
  for (int64_t tap = 0; tap < 3; ++tap) {
    rows_met.Add(-x.y - tap, std::min(rows, height - x.y - tap));
    columns_met.Add(-x.x - tap, std::min(columns, width - x.x - tap));
  }
  return winograd::MayMixPixels(y, rows_met, columns_met);
}

void WinogradTiles::AddToFilterByDefinition(const KernelArgs& args, int64_t t, int64_t channel,
                                            int64_t channels) const {
  const TileOf<const float> x = Input(args.in<float>(0), t), y = Output(args.in<float>(1), t);
  ForRowsThatMeet(m, x, y, [&](int i, int a) {
    for (int b = 0; b < 3; ++b) {
      const Columns met(m, b, x, y);
      float* const taps = args.out<float>(0) + ((a * 3 + b) * in + channel) * out;
      simd::Gemm(channels, out, met.count(), {PixelOf(x, i + a, met.begin + b) + channel, in, true},
                 {PixelOf(y, i, met.begin), out}, {taps, out, true});
    }
  });
}

}  // namespace dagrad::ops::conv2d_internal
