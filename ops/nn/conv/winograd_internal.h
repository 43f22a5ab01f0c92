#ifndef DAGRAD_OPS_NN_CONV_WINOGRAD_INTERNAL_H_
#define DAGRAD_OPS_NN_CONV_WINOGRAD_INTERNAL_H_

#include <vector>

#include "dagrad/ops/nn/conv/winograd.h"
#include "dagrad/ops/nn/conv/winograd_range.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::conv2d_internal {

// How the m x m results of each tile lie in the images, and the pixels that they are made of.
struct WinogradTiles {
  WinogradTiles(int m, const Sizes& sizes, bool input_grad);

  int64_t positions() const { return int64_t{m + 2} * (m + 2); }
  int64_t per_image() const { return tiles_y * tiles_x; }
  int64_t count() const { return batch * per_image(); }
  // Tile `t` of all images.
  winograd::TileOf<const float> Input(const float* images, int64_t t) const;
  template <typename T>
  winograd::TileOf<T> Output(T* images, int64_t t) const {
    const int64_t image = t / per_image(), at = t % per_image();
    T* const first = images + image * out_height * out_width * out;
    return {first, out_height, out_width, out, out, at / tiles_x * m, at % tiles_x * m};
  }
  // Along an axis, each of 4 windows has one of the two pixels in the middle; where there are
  // fewer, at the end of the image, all have the first. Each of 2 has both.
  winograd::Middle MiddleOfWindows(const winograd::TileOf<const float>& x) const {
    return {m == 2, x.y + top + m <= out_height, x.x + left + m <= out_width};
  }
  // Whether the results of a tile may be computed by the transforms, as to its pixels, of which
  // the transform said whether that middle counts.
  bool MayMix(const winograd::TileOf<const float>& x, bool middle_counts) const {
    return middle_counts || MayMixPixels(x);
  }
  // For the filter's gradient, of a tile of the images and one of the cotangents, of which the
  // transforms said whether the middles count.
  bool MayMixForFilter(const winograd::TileOf<const float>& x,
                       const winograd::TileOf<const float>& y, bool middles_count) const {
    return (middles_count && taps_meet_middle && y.y + m <= out_height && y.x + m <= out_width) ||
           MayMixPixelsForFilter(x, y);
  }
  // If not, tile `t`'s part of the gradient is added to args' output by the definition, for these
  // input channels.
  void AddToFilterByDefinition(const runtime::KernelArgs& args, int64_t t, int64_t channel,
                               int64_t channels) const;

 private:
  bool MayMixPixels(const winograd::TileOf<const float>& x) const;
  bool MayMixPixelsForFilter(winograd::TileOf<const float> x,
                             winograd::TileOf<const float> y) const;

 public:
  int m;
  int64_t batch, height, width, in;  // of the images that are read
  int64_t out_height, out_width, out;
  int64_t top, left;  // padding; if negative, so much of the image is not read
  int64_t tiles_y, tiles_x;
  // [i]: of the rows, or columns, of a tile with i + 1 results along them, those that each result,
  // or each tap, meets.
  std::vector<winograd::Ranges> windows, meets;
  // Each tap meets one of the two rows, and columns, in the middle of a tile of m x m cotangents.
  bool taps_meet_middle;
};

// Rows of a matrix of so many columns, this far apart, do not fall on the same lines of the cache.
int64_t WinogradStride(int64_t columns);

// A block of tiles is transformed, multiplied and transformed back at a time.
struct WinogradBlocking {
  static constexpr int64_t kPartRows = 16;  // at most
  static constexpr int64_t kMostPanelColumns = 64;

  WinogradBlocking(int m, const Sizes& sizes, bool input_grad);

  int64_t InStep() const { return block * in_ld + 16; }
  int64_t OutStep() const { return block * out_ld + 16; }
  // With a byte for each tile behind them.
  runtime::ByteSize BlockBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), InStep() + OutStep()) +
           runtime::BytesOf<bool>(block).Aligned();
  }
  runtime::ByteSize FilterBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), filter_step);
  }
  // Behind it, whether each part of each panel is transformed. If not, the taps of its rows stand
  // in the place of the first positions.
  runtime::ByteSize KeptBytes() const {
    return (FilterBytes() + runtime::BytesOf<bool>(panels, parts)).Aligned();
  }
  bool* Transformed(std::byte* kept, int64_t panel) const {
    return reinterpret_cast<bool*>(kept + FilterBytes().value()) + panel * parts;
  }
  // Rows of the filter that are transformed together: from 8 to 16.
  runtime::ShardRange RowsOfPart(int64_t part) const {
    return runtime::RangeOfShard(tiles.in, static_cast<int>(parts), static_cast<int>(part));
  }

  // The filter is large and the tiles are few: see AddWinogradPanels.
  bool IsByPanels() const {
    return FilterBytes() > runtime::ByteSize(4 << 20) && tiles.count() <= 64 && tiles.out % 16 == 0;
  }

  // In what AddWinogradFilterPhase leaves.
  float* PanelOf(std::byte* kept, int64_t panel) const {
    return reinterpret_cast<float*>(kept) + panel * tiles.in * panel_columns;
  }

  // Whether these rows of a panel of the filter may be transformed.
  bool MayMixTaps(const float* filter, int64_t panel, int64_t row, int64_t rows) const;
  // These columns of tile `t`, which are whole panels, from their transforms at p to the images;
  // or, if `mixed` is false, by the definition, by way of p: with taps from the filter, or, if that
  // is null, from what AddWinogradFilterPhase leaves.
  void Finish(const runtime::KernelArgs& args, int64_t t, bool mixed, int64_t column,
              int64_t columns, const float* filter, float* p, int64_t step) const;
  // Of the phase that calls Finish.
  uint32_t EpilogueInputs() const { return (epilogue.bias ? 4 : 0) | (epilogue.residual ? 8 : 0); }

  // These rows of a tap, of panel_columns each: of the filter, or of what its phase made of it.
  void CopyTaps(const float* filter, int64_t panel, int tap, int64_t row, int64_t rows,
                float* to) const;
  void CopyKeptTaps(std::byte* kept, int64_t panel, int tap, int64_t part, float* to) const;
  // Results of tile `t`, of one panel: (i, j) to p[(i * m + j) * step].
  void PanelByDefinition(const runtime::KernelArgs& args, int64_t t, int64_t panel,
                         const float* filter, float* p, int64_t step) const;

  WinogradTiles tiles;
  Epilogue epilogue;
  bool flipped;
  int64_t block, in_ld, out_ld, filter_step, panel_columns, panels, parts;
};

// At most so many rows, from `row` on, of panel `panel` of the transformed filter, to `to`, of all
// positions, `step` apart. An input's gradient takes the filter turned by half a turn and
// transposed: its rows are the filter's output channels. Gives EveryTapCounts.
bool PackWinogradFilter(const WinogradBlocking& b, const float* filter, int64_t panel, int64_t row,
                        int64_t rows, float* to, int64_t step);
// A phase that does so with all of the filter and is kept. It reads nothing but the filter,
// so it may run before the images are there.
void AddWinogradFilterPhase(const WinogradBlocking& b, runtime::Kernel* kernel);

// y, or dx.
void MakeWinogradImages(int m, Kind kind, const Sizes& sizes, bool filter_is_fixed,
                        const Epilogue& epilogue, runtime::Kernel* kernel);
// The same, where the filter is large and the tiles are few; b.block is all of these.
void AddWinogradPanels(const WinogradBlocking& b, bool filter_is_fixed, double cost,
                       runtime::Kernel* kernel);
void MakeWinogradFilterGrad(int m, const Sizes& sizes, runtime::Kernel* kernel);

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_WINOGRAD_INTERNAL_H_
