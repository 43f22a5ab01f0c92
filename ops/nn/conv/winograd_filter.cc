#include <algorithm>

#include "dagrad/ops/nn/conv/winograd_internal.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {

using runtime::KernelArgs;
namespace simd = runtime::simd;

WinogradBlocking::WinogradBlocking(int m, const Sizes& sizes, bool input_grad)
    : tiles(m, sizes, input_grad),
      flipped(input_grad),
      panel_columns(simd::PanelColumns()),
      panels(simd::NumPanels(tiles.out)),
      parts((tiles.in + kPartRows - 1) / kPartRows) {
  constexpr int64_t kBlockBytes = 512 * 1024;
  in_ld = WinogradStride(tiles.in);
  out_ld = WinogradStride(tiles.out);
  filter_step = simd::PackedBytes(tiles.in, tiles.out) / sizeof(float) + 16;
  // Half of a second-level cache of 1 MiB, but so many rows that the filter is read seldom, above
  // all from memory.
  const auto bytes =
      static_cast<int64_t>(runtime::BytesOf<float>(tiles.positions(), in_ld + out_ld).value());
  const int64_t least = FilterBytes() > runtime::ByteSize(1 << 24) ? 64 : 24;
  block = std::min(std::max(kBlockBytes / bytes / 8 * 8, least), tiles.count());
}

void WinogradBlocking::Finish(const KernelArgs& args, int64_t t, bool mixed, int64_t column,
                              int64_t columns, const float* filter, float* p, int64_t step) const {
  winograd::TileOf<float> y = tiles.Output(args.out<float>(0), t);
  y.image += column;
  y.channels = columns;
  winograd::OutputEpilogue e;
  if (epilogue.bias) e.bias = args.in<float>(2) + column;
  if (epilogue.residual) e.residual = args.in<float>(3) + (y.image - args.out<float>(0));
  e.relu = epilogue.relu;
  e.most = epilogue.most;
  if (mixed) return winograd::TransformOutput(tiles.m, p, step, y, e);
  for (int64_t c = column; c < column + columns; c += panel_columns) {
    PanelByDefinition(args, t, c / panel_columns, filter, p + c - column, step);
  }
  winograd::FinishOutput(tiles.m, p, step, y, e);
}

bool PackWinogradFilter(const WinogradBlocking& b, const float* filter, int64_t panel, int64_t row,
                        int64_t rows, float* to, int64_t step) {
  const int64_t width = simd::PanelColumns(), column = panel * width;
  const int64_t count = std::min(width, b.tiles.out - column);
  const int64_t tap_step = b.tiles.in * b.tiles.out;
  alignas(64) float turned[9 * WinogradBlocking::kPartRows * WinogradBlocking::kMostPanelColumns];
  winograd::Taps taps = {filter + row * b.tiles.out + column, tap_step, false};
  int64_t row_step = b.tiles.out;
  if (b.flipped) {
    row_step = width;
    taps = {turned, rows * width, true};
    for (int64_t tap = 0; tap < 9; ++tap) {
      const float* const from = filter + tap * tap_step + column * b.tiles.in + row;
      simd::PackRight(rows, count, {from, b.tiles.in, true}, 0, 1, turned + tap * taps.tap_step);
    }
  }
  const bool every_tap = winograd::EveryTapCounts(taps, row_step, rows, count);
  for (int64_t i = 0; i < rows; ++i, taps.g += row_step)
    winograd::TransformFilters(b.tiles.m, taps, count, width, to + i * width, step);
  return every_tap;
}

void AddWinogradFilterPhase(const WinogradBlocking& b, runtime::Kernel* kernel) {
  kernel->kept_bytes = b.KeptBytes().value();
  const double cost = 32.0 * WinogradBlocking::kPartRows * b.panel_columns;
  runtime::ParallelOver(
      b.panels * b.parts, cost,
      [b](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t unit = begin; unit < end; ++unit) {
          const int64_t panel = unit / b.parts, part = unit % b.parts;
          const int64_t row = b.RowsOfPart(part).begin, rows = b.RowsOfPart(part).end - row;
          const float* const filter = args.in<float>(1);
          float* const to = b.PanelOf(args.kept, panel) + row * b.panel_columns;
          const bool transformed =
              PackWinogradFilter(b, filter, panel, row, rows, to, b.filter_step) ||
              b.MayMixTaps(filter, panel, row, rows);
          b.Transformed(args.kept, panel)[part] = transformed;
          for (int tap = 0; tap < 9 && !transformed; ++tap)
            b.CopyTaps(filter, panel, tap, row, rows, to + tap * b.filter_step);
        }
      },
      kernel);
  kernel->phases.back().inputs = 1 << 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

}  // namespace dagrad::ops::conv2d_internal
