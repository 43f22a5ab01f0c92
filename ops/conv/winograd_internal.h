#ifndef DAGRAD_OPS_CONV_WINOGRAD_INTERNAL_H_
#define DAGRAD_OPS_CONV_WINOGRAD_INTERNAL_H_

#include "dagrad/ops/conv/winograd.h"
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

  int m;
  int64_t batch, height, width, in;  // of the images that are read
  int64_t out_height, out_width, out;
  int64_t top, left;  // padding; if negative, so much of the image is not read
  int64_t tiles_y, tiles_x;
};

// Rows of a matrix of so many columns, this far apart, do not fall on the same lines of the cache.
int64_t WinogradStride(int64_t columns);

// A block of tiles is transformed, multiplied and transformed back at a time.
struct WinogradBlocking {
  WinogradBlocking(int m, const Sizes& sizes, bool input_grad);

  int64_t InStep() const { return block * in_ld + 16; }
  int64_t OutStep() const { return block * out_ld + 16; }
  runtime::ByteSize BlockBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), InStep() + OutStep());
  }
  runtime::ByteSize FilterBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), filter_step);
  }

  // The filter is large and the tiles are few: see AddWinogradPanels.
  bool IsByPanels() const {
    return FilterBytes() > runtime::ByteSize(4 << 20) && tiles.count() <= 64 && tiles.out % 16 == 0;
  }

  // In the scratch that holds all of the filter.
  float* PanelOf(std::byte* scratch, int64_t panel) const {
    return reinterpret_cast<float*>(scratch) + panel * tiles.in * panel_columns;
  }

  // Transforms the columns of y from `column` on back into tile y, which begins there.
  void Finish(const runtime::KernelArgs& args, const float* p, int64_t step, int64_t column,
              const winograd::TileOf<float>& y) const;
  // Of the phase that calls Finish.
  uint32_t EpilogueInputs() const { return (epilogue.bias ? 4 : 0) | (epilogue.residual ? 8 : 0); }

  WinogradTiles tiles;
  Epilogue epilogue;
  bool flipped;
  int64_t block, in_ld, out_ld, filter_step, panel_columns;
};

constexpr int64_t kWinogradFilterRows = 16;
// At most so many rows, from `row` on, of panel `panel` of the transformed filter, to `to`, of all
// positions, `step` apart. An input's gradient takes the filter turned by half a turn and
// transposed: its rows are the filter's output channels.
void PackWinogradFilter(const WinogradBlocking& b, const float* filter, int64_t panel, int64_t row,
                        int64_t rows, float* to, int64_t step);
// A phase that does so with all of the filter, into the scratch. It reads nothing but the filter,
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

#endif  // DAGRAD_OPS_CONV_WINOGRAD_INTERNAL_H_
