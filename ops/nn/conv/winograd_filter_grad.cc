#include <algorithm>
#include <cstring>

#include "dagrad/ops/nn/conv/winograd_internal.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

// The sum over all tiles of the products of transformed x and dy, taken over one group of tiles
// after the other: first threads share the tiles of a group, which they transform, then the
// elements of the sum.
struct Groups {
  Groups(int m, const Sizes& sizes) : tiles(m, sizes, false) {
    x_ld = WinogradStride(tiles.in);
    dy_ld = WinogradStride(tiles.out);
    const auto bytes = static_cast<int64_t>(TileBytes().value());
    const int64_t least = std::max<int64_t>(64, (tiles.count() + kMostGroups - 1) / kMostGroups);
    size = std::min(std::max(kGroupBytes / bytes / 8 * 8, least), tiles.count());
    count = (tiles.count() + size - 1) / size;
  }

  int64_t XStep() const { return size * x_ld + 16; }
  int64_t DyStep() const { return size * dy_ld + 16; }
  int64_t SumStep() const { return tiles.in * dy_ld + 16; }
  // In the scratch.
  float* Sum(const KernelArgs& args) const { return reinterpret_cast<float*>(args.scratch); }
  float* X(const KernelArgs& args) const { return Sum(args) + tiles.positions() * SumStep(); }
  float* Dy(const KernelArgs& args) const { return X(args) + tiles.positions() * XStep(); }
  runtime::ByteSize TileBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), x_ld + dy_ld);
  }
  runtime::ByteSize ScratchBytes() const {
    return runtime::BytesOf<float>(tiles.positions(), SumStep() + XStep() + DyStep()) +
           runtime::BytesOf<bool>(tiles.count());
  }
  // Which tiles, of all groups, may be mixed.
  bool* Mixed(const KernelArgs& args) const {
    return reinterpret_cast<bool*>(Dy(args) + tiles.positions() * DyStep());
  }
  bool AllAreMixed(const KernelArgs& args) const {
    return std::memchr(Mixed(args), 0, tiles.count()) == nullptr;
  }

  static constexpr int64_t kGroupBytes = 2 << 20;
  static constexpr int64_t kMostGroups = 4096;  // two phases each
  WinogradTiles tiles;
  int64_t x_ld, dy_ld, size, count;
};

double Cost(double flops) { return flops / 80e9 * 2e9; }  // as for ShardsFor

// `count` numbers of each position become 0.
void Clear(float* p, int64_t positions, int64_t step, int64_t count) {
  for (int64_t i = 0; i < positions; ++i) std::fill_n(p + i * step, count, 0.0f);
}

// Tile `t` of all, to place `at` of the group's.
void TransformTile(const Groups& g, const KernelArgs& args, int64_t t, int64_t at) {
  const WinogradTiles& tiles = g.tiles;
  float* const x = g.X(args) + at * g.x_ld;
  float* const dy = g.Dy(args) + at * g.dy_ld;
  const winograd::TileOf<const float> image = tiles.Input(args.in<float>(0), t);
  const winograd::TileOf<const float> cotangent = tiles.Output(args.in<float>(1), t);
  const bool x_counts = winograd::TransformInput(tiles.m, image, {}, x, g.XStep());
  const bool dy_counts = winograd::TransformCotangent(tiles.m, cotangent, dy, g.DyStep());
  const bool mixed = tiles.MayMixForFilter(image, cotangent, x_counts && dy_counts);
  g.Mixed(args)[t] = mixed;
  if (mixed) return;
  Clear(x, tiles.positions(), g.XStep(), tiles.in);
  Clear(dy, tiles.positions(), g.DyStep(), tiles.out);
}

// Tiles [first, first + count), to the group's.
void AddTransforms(const Groups& g, int64_t first, int64_t count, runtime::Kernel* kernel) {
  const double cost = 0.25 * g.tiles.positions() * (g.tiles.in + g.tiles.out);
  runtime::ParallelOver(
      count, cost,
      [g, first](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) TransformTile(g, args, first + t, t);
      },
      kernel);
  kernel->phases.back().outputs = 0;
}

void AddProducts(const Groups& g, int64_t count, bool first, runtime::Kernel* kernel) {
  constexpr int64_t kColumns = 128;  // of one unit
  const int64_t parts = (g.tiles.out + kColumns - 1) / kColumns;
  const double columns = static_cast<double>(g.tiles.out) / static_cast<double>(parts);
  runtime::ParallelOver(
      g.tiles.positions() * parts, Cost(2.0 * count * g.tiles.in * columns),
      [=](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t unit = begin; unit < end; ++unit) {
          const int64_t p = unit / parts, column = unit % parts * kColumns;
          simd::Gemm(g.tiles.in, std::min(kColumns, g.tiles.out - column), count,
                     {g.X(args) + p * g.XStep(), g.x_ld, true},
                     {g.Dy(args) + p * g.DyStep() + column, g.dy_ld},
                     {g.Sum(args) + p * g.SumStep() + column, g.dy_ld, !first});
        }
      },
      kernel);
  kernel->phases.back().inputs = 0;
  kernel->phases.back().outputs = 0;
}

// The sum over the tiles that are not mixed, to the result, if there are any. It comes while the
// images are still there, before the last products.
void AddByDefinition(const Groups& g, runtime::Kernel* kernel) {
  runtime::ParallelOver(
      g.tiles.in, 0.5 * g.tiles.positions() * g.tiles.out,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        if (g.AllAreMixed(args)) return;
        const bool* const mixed = g.Mixed(args);
        Clear(args.out<float>(0) + begin * g.tiles.out, 9, g.tiles.in * g.tiles.out,
              (end - begin) * g.tiles.out);
        for (int64_t t = 0; t < g.tiles.count(); ++t) {
          if (!mixed[t]) g.tiles.AddToFilterByDefinition(args, t, begin, end - begin);
        }
      },
      kernel);
}

void AddLastTransform(const Groups& g, runtime::Kernel* kernel) {
  runtime::ParallelOver(
      g.tiles.in, 0.5 * g.tiles.positions() * g.tiles.out,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        const bool add = !g.AllAreMixed(args);
        for (int64_t c = begin; c < end; ++c) {
          winograd::TransformFilterCotangents(g.tiles.m, g.Sum(args) + c * g.dy_ld, g.SumStep(),
                                              g.tiles.out, args.out<float>(0) + c * g.tiles.out,
                                              g.tiles.in * g.tiles.out, add);
        }
      },
      kernel);
  kernel->phases.back().inputs = 0;
}

}  // namespace

void MakeWinogradFilterGrad(int m, const Sizes& sizes, runtime::Kernel* kernel) {
  const Groups g(m, sizes);
  kernel->scratch_bytes = g.ScratchBytes().value();
  for (int64_t i = 0; i < g.count; ++i) {
    const int64_t begin = g.tiles.count() * i / g.count, end = g.tiles.count() * (i + 1) / g.count;
    AddTransforms(g, begin, end - begin, kernel);
    if (i + 1 == g.count) AddByDefinition(g, kernel);
    AddProducts(g, end - begin, i == 0, kernel);
  }
  AddLastTransform(g, kernel);
}

}  // namespace dagrad::ops::conv2d_internal
