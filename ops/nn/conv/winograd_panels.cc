#include <algorithm>
#include <cstring>

#include "dagrad/ops/nn/conv/winograd_internal.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

// Where the filter is large and the tiles are few: all tiles are transformed, then threads share
// the panels of the filter. What is made of one is used at once, and need not come from memory.
struct Panels {
  Panels(const WinogradBlocking& blocking, bool filter_is_fixed)
      : b(blocking), fixed(filter_is_fixed), width(simd::PanelColumns()) {
    filter_step = fixed ? b.filter_step : kRows * width + 16;
    in_bytes = runtime::BytesOf<float>(b.tiles.positions(), b.InStep()) +
               runtime::BytesOf<bool>(b.tiles.count()).Aligned();
    own_floats = b.tiles.positions() * ((fixed ? 0 : filter_step) + OutStep());
  }

  int64_t OutStep() const { return b.block * width + 16; }
  float* In(const KernelArgs& args) const { return reinterpret_cast<float*>(args.scratch); }

  // Which tiles may be mixed, as to their pixels.
  bool* Mixed(const KernelArgs& args) const {
    return reinterpret_cast<bool*>(In(args) + b.tiles.positions() * b.InStep());
  }

  static constexpr int64_t kRows = 128;  // of a panel at a time: half of the second-level cache
  WinogradBlocking b;
  bool fixed;
  int64_t width, filter_step;
  runtime::ByteSize in_bytes;
  int64_t own_floats;  // of a shard
};

// Rows [row, row + rows) of panel `panel`, times these columns of the transformed tiles. Gives
// EveryTapCounts, of what it packed.
bool AddProducts(const Panels& s, const KernelArgs& args, int64_t panel, int64_t row, int64_t rows,
                 float* packed, float* out) {
  const WinogradTiles& tiles = s.b.tiles;
  const float* filter = packed;
  bool every_tap = true;
  if (s.fixed) {
    filter = s.b.PanelOf(args.kept, panel) + row * s.width;
  } else {
    constexpr int64_t kTogether = WinogradBlocking::kPartRows;
    for (int64_t i = 0; i < rows; i += kTogether) {
      every_tap &=
          PackWinogradFilter(s.b, args.in<float>(1), panel, row + i, std::min(kTogether, rows - i),
                             packed + i * s.width, s.filter_step);
    }
  }
  const int64_t columns = std::min(s.width, tiles.out - panel * s.width);
  for (int64_t p = 0; p < tiles.positions(); ++p) {
    simd::GemmPacked(tiles.count(), columns, rows, {s.In(args) + p * s.b.InStep() + row, s.b.in_ld},
                     filter + p * s.filter_step, 0, 1, {out + p * s.OutStep(), s.width, row > 0},
                     nullptr);
  }
  return every_tap;
}

void RunPanel(const Panels& s, const KernelArgs& args, int64_t panel, float* own) {
  const WinogradTiles& tiles = s.b.tiles;
  float* const out = own;
  float* const packed = own + tiles.positions() * s.OutStep();
  bool every_tap = true;
  for (int64_t row = 0; row < tiles.in; row += Panels::kRows) {
    every_tap &=
        AddProducts(s, args, panel, row, std::min(Panels::kRows, tiles.in - row), packed, out);
  }
  const float* const filter = s.fixed ? nullptr : args.in<float>(1);
  const bool transformed =
      s.fixed ? std::memchr(s.b.Transformed(args.kept, panel), 0, s.b.parts) == nullptr
              : every_tap || s.b.MayMixTaps(filter, panel, 0, tiles.in);
  const int64_t column = panel * s.width, columns = std::min(s.width, tiles.out - column);
  for (int64_t t = 0; t < tiles.count(); ++t) {
    s.b.Finish(args, t, transformed && s.Mixed(args)[t], column, columns, filter, out + t * s.width,
               s.OutStep());
  }
}

}  // namespace

void AddWinogradPanels(const WinogradBlocking& b, bool filter_is_fixed, double cost,
                       runtime::Kernel* kernel) {
  const Panels s(b, filter_is_fixed);
  constexpr int kMostShards = 8;
  const int64_t panels = simd::NumPanels(s.b.tiles.out), tiles = s.b.tiles.count();
  const int shards =
      std::min(runtime::ShardsFor(panels, cost / static_cast<double>(panels)), kMostShards);
  const runtime::ByteSize own_bytes = runtime::BytesOf<float>(shards, s.own_floats);
  kernel->scratch_bytes = (s.in_bytes + own_bytes).value();
  runtime::ParallelOver(
      tiles, 0.25 * s.b.tiles.positions() * s.b.tiles.in,
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
          const winograd::TileOf<const float> x = s.b.tiles.Input(args.in<float>(0), t);
          const bool middle_counts =
              winograd::TransformInput(s.b.tiles.m, x, s.b.tiles.MiddleOfWindows(x),
                                       s.In(args) + t * s.b.in_ld, s.b.InStep());
          s.Mixed(args)[t] = s.b.tiles.MayMix(x, middle_counts);
        }
      },
      kernel);
  kernel->phases.back().inputs = 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.push_back({shards, [=](const KernelArgs& args, int shard) {
                              float* const own =
                                  reinterpret_cast<float*>(args.scratch + s.in_bytes.value()) +
                                  shard * s.own_floats;
                              const auto range = runtime::RangeOfShard(panels, shards, shard);
                              for (int64_t panel = range.begin; panel < range.end; ++panel)
                                RunPanel(s, args, panel, own);
                              return absl::OkStatus();
                            }});
  kernel->phases.back().inputs = 1 | (s.fixed ? 0 : 1 << 1) | s.b.EpilogueInputs();
}

}  // namespace dagrad::ops::conv2d_internal
