#include <algorithm>

#include "dagrad/ops/conv/winograd_internal.h"
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
    filter_bytes = fixed ? b.FilterBytes() : runtime::ByteSize();
    in_bytes = runtime::BytesOf<float>(b.tiles.positions(), b.InStep());
    own_floats = b.tiles.positions() * ((fixed ? 0 : filter_step) + OutStep());
  }

  int64_t OutStep() const { return b.block * width + 16; }
  float* In(const KernelArgs& args) const {
    return reinterpret_cast<float*>(args.scratch + filter_bytes.value());
  }

  static constexpr int64_t kRows = 128;  // of a panel at a time: half of the second-level cache
  WinogradBlocking b;
  bool fixed;
  int64_t width, filter_step;
  runtime::ByteSize filter_bytes, in_bytes;
  int64_t own_floats;  // of a shard
};

// Rows [row, row + rows) of panel `panel`, times these columns of the transformed tiles.
void AddProducts(const Panels& s, const KernelArgs& args, int64_t panel, int64_t row, int64_t rows,
                 float* packed, float* out) {
  const WinogradTiles& tiles = s.b.tiles;
  const float* filter = packed;
  if (s.fixed) {
    filter = s.b.PanelOf(args.scratch, panel) + row * s.width;
  } else {
    for (int64_t i = 0; i < rows; i += kWinogradFilterRows) {
      PackWinogradFilter(s.b, args.in<float>(1), panel, row + i,
                         std::min(kWinogradFilterRows, rows - i), packed + i * s.width,
                         s.filter_step);
    }
  }
  const int64_t columns = std::min(s.width, tiles.out - panel * s.width);
  for (int64_t p = 0; p < tiles.positions(); ++p) {
    simd::GemmPacked(tiles.count(), columns, rows, {s.In(args) + p * s.b.InStep() + row, s.b.in_ld},
                     filter + p * s.filter_step, 0, 1, {out + p * s.OutStep(), s.width, row > 0},
                     nullptr);
  }
}

void RunPanel(const Panels& s, const KernelArgs& args, int64_t panel, float* own) {
  const WinogradTiles& tiles = s.b.tiles;
  float* const out = own;
  float* const packed = own + tiles.positions() * s.OutStep();
  for (int64_t row = 0; row < tiles.in; row += Panels::kRows)
    AddProducts(s, args, panel, row, std::min(Panels::kRows, tiles.in - row), packed, out);
  const int64_t column = panel * s.width;
  for (int64_t t = 0; t < tiles.count(); ++t) {
    winograd::TileOf<float> y = tiles.Output(args.out<float>(0), t);
    y.image += column;
    y.channels = std::min(s.width, tiles.out - column);
    s.b.Finish(args, out + t * s.width, s.OutStep(), column, y);
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
  kernel->scratch_bytes = (s.filter_bytes + s.in_bytes + own_bytes).value();
  runtime::ParallelOver(
      tiles, 0.25 * s.b.tiles.positions() * s.b.tiles.in,
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
          winograd::TransformInput(s.b.tiles.m, s.b.tiles.Input(args.in<float>(0), t),
                                   s.In(args) + t * s.b.in_ld, s.b.InStep());
        }
      },
      kernel);
  kernel->phases.back().inputs = 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.push_back({shards, [=](const KernelArgs& args, int shard) {
                              float* const own =
                                  reinterpret_cast<float*>(args.scratch +
                                                           (s.filter_bytes + s.in_bytes).value()) +
                                  shard * s.own_floats;
                              const auto range = runtime::RangeOfShard(panels, shards, shard);
                              for (int64_t panel = range.begin; panel < range.end; ++panel)
                                RunPanel(s, args, panel, own);
                              return absl::OkStatus();
                            }});
  kernel->phases.back().inputs = (s.fixed ? 0 : 1 << 1) | s.b.EpilogueInputs();
}

}  // namespace dagrad::ops::conv2d_internal
