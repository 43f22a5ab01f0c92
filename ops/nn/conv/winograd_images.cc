#include <algorithm>
#include <cstring>

#include "dagrad/ops/nn/conv/winograd_internal.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Tiles [begin, end), at most b.block.
void RunBlock(const WinogradBlocking& b, const KernelArgs& args, bool transformed, int64_t begin,
              int64_t end, float* scratch) {
  const WinogradTiles& tiles = b.tiles;
  float* const in = scratch;
  float* const out = in + tiles.positions() * b.InStep();
  bool* const mixed = reinterpret_cast<bool*>(out + tiles.positions() * b.OutStep());
  for (int64_t t = begin; t < end; ++t) {
    const winograd::TileOf<const float> x = tiles.Input(args.in<float>(0), t);
    float* const to = in + (t - begin) * b.in_ld;
    const bool middle_counts =
        winograd::TransformInput(tiles.m, x, tiles.MiddleOfWindows(x), to, b.InStep());
    mixed[t - begin] = transformed && tiles.MayMix(x, middle_counts);
  }
  const float* const filter = reinterpret_cast<const float*>(args.kept);
  for (int64_t p = 0; p < tiles.positions(); ++p) {
    simd::GemmPacked(end - begin, tiles.out, tiles.in, {in + p * b.InStep(), b.in_ld},
                     filter + p * b.filter_step, 0, simd::NumPanels(tiles.out),
                     {out + p * b.OutStep(), b.out_ld}, nullptr);
  }
  for (int64_t t = begin; t < end; ++t) {
    b.Finish(args, t, mixed[t - begin], 0, tiles.out, nullptr, out + (t - begin) * b.out_ld,
             b.OutStep());
  }
}

// In equal blocks: a small last one would read the whole filter for few tiles.
void RunTiles(const WinogradBlocking& b, const KernelArgs& args, int64_t begin, int64_t end,
              std::byte* scratch) {
  const int blocks = static_cast<int>(CeilDiv(end - begin, b.block));
  const bool* const parts = b.Transformed(args.kept, 0);
  const bool transformed = std::memchr(parts, 0, b.panels * b.parts) == nullptr;
  for (int i = 0; i < blocks; ++i) {
    const auto range = runtime::RangeOfShard(end - begin, blocks, i);
    RunBlock(b, args, transformed, begin + range.begin, begin + range.end,
             reinterpret_cast<float*>(scratch));
  }
}

// Images are the rows.
void AddImages(const WinogradBlocking& b, int64_t least, double cost, runtime::Kernel* kernel) {
  const int64_t tiles = b.tiles.per_image();
  runtime::OverRows(
      {.count = b.tiles.batch,
       .aligned = 1U | (b.epilogue.residual ? 8U : 0U),
       .least = least,
       .cost = cost,
       .task_scratch_bytes = b.BlockBytes().value()},
      [b, tiles](const KernelArgs& args, int64_t begin, int64_t end) {
        RunTiles(b, args, begin * tiles, end * tiles, args.task_scratch);
      },
      kernel);
}

// Too few images to share: tiles are.
void AddTiles(const WinogradBlocking& b, int shards, runtime::Kernel* kernel) {
  const size_t block = b.BlockBytes().value();
  kernel->scratch_bytes = (shards * b.BlockBytes()).value();
  kernel->phases.push_back(
      {shards, [=](const KernelArgs& args, int shard) {
         const auto range = runtime::RangeOfShard(b.tiles.count(), shards, shard);
         RunTiles(b, args, range.begin, range.end, args.scratch + shard * block);
         return absl::OkStatus();
       }});
}

}  // namespace

void MakeWinogradImages(int m, Kind kind, const Sizes& sizes, bool filter_is_fixed,
                        const Epilogue& epilogue, runtime::Kernel* kernel) {
  WinogradBlocking b(m, sizes, kind == Kind::kInputGrad);
  b.epilogue = epilogue;
  if (b.IsByPanels()) {
    b.block = b.tiles.count();
    if (filter_is_fixed) AddWinogradFilterPhase(b, kernel);
    return AddWinogradPanels(b, filter_is_fixed, ImageCost(sizes) * sizes.batch / 2, kernel);
  }
  AddWinogradFilterPhase(b, kernel);
  const int64_t tiles = b.tiles.count();
  const double cost = ImageCost(sizes) / 2;  // of an image
  // Each shard has the scratch of a block.
  const int64_t most = std::clamp<int64_t>((16 << 20) / b.BlockBytes().value(), 8, 16);
  const int64_t least = std::max(CeilDiv(b.block, b.tiles.per_image()), CeilDiv(sizes.batch, most));
  const double block_cost = cost * b.block / b.tiles.per_image();
  const int shards = runtime::ShardsFor(std::min(tiles / b.block, most), block_cost);
  if (sizes.batch / least >= shards) {
    AddImages(b, least, cost, kernel);
  } else {
    // Rather a slightly larger block for each shard than two small ones.
    const int64_t tiles_of_shard = CeilDiv(tiles, shards);
    if (tiles_of_shard <= b.block * 5 / 4) b.block = tiles_of_shard;
    AddTiles(b, shards, kernel);
  }
  kernel->phases.back().inputs = 1 | b.EpilogueInputs();
}

}  // namespace dagrad::ops::conv2d_internal
