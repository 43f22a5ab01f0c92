#include <algorithm>
#include <cmath>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/matmul/matmul_internal.h"
#include "dagrad/runtime/onednn/sgemm.h"

namespace dagrad::ops::matmul_internal {
namespace {

using runtime::KernelArgs;
using runtime::onednn::Sgemm;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t RoundUp(int64_t a, int64_t multiple) { return CeilDiv(a, multiple) * multiple; }

// Rough seconds of one product on one core: whichever of arithmetic and memory is slower.
double Seconds(const Geometry& g) {
  const double m = g.m, n = g.n, k = g.k;
  return std::max(2 * m * n * k / 100e9, 4 * (m * k + k * n + m * n) / 20e9) + 0.2e-6;
}

// A product is cut into tiles of y, never along k, by its sizes alone: so the bits of y do not
// depend on the number of threads. Rows first, since a tile then reads few rows of a and all of b,
// as the whole product does; but where b is transposed, columns first, since the library then
// transposes all of the tile's part of b.
struct Tiling {
  int64_t row_tiles, col_tiles, tile_rows, tile_cols;
};

int64_t CountTiles(int64_t size, int64_t least, int64_t wanted) {
  return std::clamp<int64_t>(size / least, 1, std::max<int64_t>(wanted, 1));
}

int64_t TileSize(int64_t size, int64_t tiles, int64_t multiple) {
  return tiles == 1 ? size : RoundUp(CeilDiv(size, tiles), multiple);
}

Tiling MakeTiling(const Geometry& g) {
  constexpr double kTileSeconds = 8e-6;
  constexpr int64_t kMaxTiles = 16;
  const auto wanted = static_cast<int64_t>(std::min(Seconds(g) / kTileSeconds, 1.0 * kMaxTiles));
  int64_t rows = 1, cols = 1;
  if (g.transpose_b) {
    cols = CountTiles(g.n, 128, wanted);
    rows = CountTiles(g.m, 128, CeilDiv(wanted, cols));
  } else {
    rows = CountTiles(g.m, 32, wanted);
    cols = CountTiles(g.n, 64, CeilDiv(wanted, rows));
  }
  Tiling t;
  t.tile_rows = TileSize(g.m, rows, 8);
  t.tile_cols = TileSize(g.n, cols, 16);
  t.row_tiles = CeilDiv(g.m, t.tile_rows);
  t.col_tiles = CeilDiv(g.n, t.tile_cols);
  return t;
}

// Where all products share b and the rows of a follow one another, they are one product of batch *
// m rows.
Geometry Folded(Geometry g) {
  const auto shares = [](int64_t stride) { return stride == 0; };
  if (g.transpose_a || g.batch == 1) return g;
  if (!std::all_of(g.b_strides.begin(), g.b_strides.end(), shares)) return g;
  for (size_t i = 0; i < g.batch_dims.size(); ++i) {
    if (g.batch_dims[i] > 1 && g.a_strides[i] == 0) return g;
  }
  g.m *= g.batch;
  g.batch = 1;
  g.batch_dims.clear();
  g.a_strides.clear();
  g.b_strides.clear();
  return g;
}

absl::Status RunTile(const Geometry& g, const Tiling& t, int64_t index, const float* b_data,
                     const KernelArgs& args) {
  const int64_t tiles = t.row_tiles * t.col_tiles;
  const int64_t item = index / tiles, tile = index % tiles;
  const int64_t row = tile / t.col_tiles * t.tile_rows, col = tile % t.col_tiles * t.tile_cols;
  const float* a = args.in<float>(0) + g.AOffset(item) + (g.transpose_a ? row : row * g.lda);
  const float* b = b_data + g.BOffset(item) + (g.transpose_b ? col * g.ldb : col);
  float* y = args.out<float>(0) + (item * g.m + row) * g.n + col;
  return Sgemm(std::min(t.tile_rows, g.m - row), std::min(t.tile_cols, g.n - col), g.k,
               {a, g.lda, g.transpose_a}, {b, g.ldb, g.transpose_b}, 0, y, g.n);
}

// Rows whose distance is a multiple of a power of two fall on the same lines of the cache: the
// product then takes up to twice as long. Worth a copy of b if each of its elements is used often
// enough.
bool NeedsSpacedCopy(const Geometry& g) {
  return g.batch == 1 && !g.transpose_b && g.m >= 64 && g.k > 1 &&
         g.ldb % runtime::onednn::SlowLeadingDimension() == 0;
}

// A phase that copies b to the scratch with its rows 16 elements further apart.
void AddCopyPhase(int64_t from_ld, Geometry* g, runtime::Kernel* kernel) {
  g->ldb = from_ld + 16;
  kernel->scratch_bytes = sizeof(float) * g->k * g->ldb;
  runtime::ParallelOver(
      g->k, from_ld,
      [from_ld, ld = g->ldb](const KernelArgs& args, int64_t begin, int64_t end) {
        float* const to = reinterpret_cast<float*>(args.scratch);
        for (int64_t row = begin; row < end; ++row) {
          std::copy_n(args.in<float>(1) + row * from_ld, from_ld, to + row * ld);
        }
      },
      kernel);
}

}  // namespace

void MakeSgemmKernel(const Geometry& geometry, runtime::Kernel* kernel) {
  Geometry g = Folded(geometry);
  const bool copy = NeedsSpacedCopy(g);
  if (copy) AddCopyPhase(g.ldb, &g, kernel);
  const Tiling t = MakeTiling(g);
  const int64_t units = g.batch * t.row_tiles * t.col_tiles;
  // About 4e9 elementary operations a second make ShardsFor's unit of work some 8 µs.
  const int shards = runtime::ShardsFor(units, Seconds(g) / (t.row_tiles * t.col_tiles) * 4e9);
  kernel->implementation = "onednn:sgemm";
  kernel->phases.push_back({shards, [g, t, units, shards, copy](const KernelArgs& args, int shard) {
                              const float* b = copy ? reinterpret_cast<const float*>(args.scratch)
                                                    : args.in<float>(1);
                              const auto range = runtime::RangeOfShard(units, shards, shard);
                              for (int64_t unit = range.begin; unit < range.end; ++unit) {
                                DAGRAD_RETURN_IF_ERROR(RunTile(g, t, unit, b, args));
                              }
                              return absl::OkStatus();
                            }});
}

}  // namespace dagrad::ops::matmul_internal
