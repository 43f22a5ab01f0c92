#include <algorithm>
#include <cmath>

#include "dagrad/ops/nn/layer_norm/layer_norm_internal.h"
#include "dagrad/ops/nn/layer_norm/simd_rows.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::layer_norm_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

enum Input { kX, kGamma, kMean, kInverseStddev, kDy };
enum Output { kDx, kDGamma, kDBeta };
constexpr uint32_t kByRow = 1 << kX | 1 << kMean | 1 << kInverseStddev | 1 << kDy;

// The mean of a row in float64: what was given, and what its rounding to T took.
template <typename T>
double MeanOf(const Layout& l, const KernelArgs& args, int64_t row) {
  const T* x = args.in<T>(kX) + row * l.n;
  const T mean = args.in<T>(kMean)[row];
  const double sum = SumOf(l.n, [=](int64_t j) { return x[j] - static_cast<double>(mean); });
  return mean + RestOfMean(sum, l.count(), mean);
}

// dx of one row, by the definition. Gives the row's mean.
template <typename T>
double ReferenceRow(const Layout& l, const KernelArgs& args, int64_t row) {
  const T* x = args.in<T>(kX) + row * l.n;
  const T* dy = args.in<T>(kDy) + row * l.n;
  const T* gamma = args.in<T>(kGamma);
  T* dx = args.out<T>(kDx) + row * l.n;
  const double m = MeanOf<T>(l, args, row), s = args.in<T>(kInverseStddev)[row];
  const auto g = [=](int64_t j) { return static_cast<double>(dy[j]) * gamma[j]; };
  const auto x_hat = [=](int64_t j) { return (x[j] - m) * s; };
  const double mean_g = SumOf(l.n, g) / l.count();
  const double mean_gx = SumOf(l.n, [&](int64_t j) { return g(j) * x_hat(j); }) / l.count();
  for (int64_t j = 0; j < l.n; ++j)
    dx[j] = static_cast<T>(s * (g(j) - mean_g - x_hat(j) * mean_gx));
  return m;
}

constexpr int64_t kColumns = 64;    // of a block, whose sums stay on the stack
constexpr int64_t kBlockRows = 32;  // that are summed plainly before the sum is joined

// dgamma and dbeta of columns begin … begin + width - 1, over all rows in order.
template <typename T>
void ColumnSums(const Layout& l, const KernelArgs& args, int64_t begin, int64_t width) {
  const auto* means = reinterpret_cast<const double*>(args.scratch);
  CompensatedSum dgamma[kColumns], dbeta[kColumns];
  for (int64_t block = 0; block < l.rows; block += kBlockRows) {
    double block_dgamma[kColumns] = {}, block_dbeta[kColumns] = {};
    for (int64_t r = block; r < std::min(l.rows, block + kBlockRows); ++r) {
      const T* x = args.in<T>(kX) + r * l.n + begin;
      const T* dy = args.in<T>(kDy) + r * l.n + begin;
      const double m = means[r], s = args.in<T>(kInverseStddev)[r];
      for (int64_t k = 0; k < width; ++k) {
        block_dgamma[k] += dy[k] * ((x[k] - m) * s);
        block_dbeta[k] += dy[k];
      }
    }
    for (int64_t k = 0; k < width; ++k) dgamma[k] += block_dgamma[k];
    for (int64_t k = 0; k < width; ++k) dbeta[k] += block_dbeta[k];
  }
  for (int64_t k = 0; k < width; ++k) {
    args.out<T>(kDGamma)[begin + k] = static_cast<T>(static_cast<double>(dgamma[k]));
    args.out<T>(kDBeta)[begin + k] = static_cast<T>(static_cast<double>(dbeta[k]));
  }
}

// One phase over rows for dx, one over columns for dgamma and dbeta. The rows' means go through the
// scratch.
template <typename T>
void MakeReference(const Layout& l, Kernel* kernel) {
  kernel->scratch_bytes = l.rows * sizeof(double);
  const auto rows = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    auto* means = reinterpret_cast<double*>(args.scratch);
    for (int64_t r = begin; r < end; ++r) means[r] = ReferenceRow<T>(l, args, r);
  };
  runtime::OverRows({.count = l.rows, .aligned = kByRow, .cost = 8 * static_cast<double>(l.n)},
                    rows, kernel);
  kernel->phases.back().outputs = 1 << kDx;
  const auto columns = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      ColumnSums<T>(l, args, b * kColumns, std::min(kColumns, l.n - b * kColumns));
    }
  };
  runtime::ParallelOver((l.n + kColumns - 1) / kColumns, static_cast<double>(l.rows * kColumns),
                        columns, kernel);
  kernel->phases.back().inputs = kByRow;
  kernel->phases.back().outputs = 1 << kDGamma | 1 << kDBeta;
}

// So many standard deviations from 0, what rounding took from the mean is 1e-6 of one at most.
constexpr float kFarMean = 16;

// Whether float32 has kept the sums of a row, whose products are multiplied by s, and keeps what is
// made of their means.
bool AreSafe(double mean_g, double mean_gx, float s) {
  constexpr double kMost = 1e18, kLeast = 1e-20;
  constexpr float kAmplifies = 1e4;
  const double size = std::abs(mean_g) + std::abs(mean_gx);
  return size <= kMost && (s <= kAmplifies || size >= kLeast);
}

// dx of one row; its terms of dgamma and dbeta are added to `sums`, n numbers each.
void FastRow(const Layout& l, const KernelArgs& args, int64_t r, float* sums) {
  GradRow row = {args.in<float>(kX) + r * l.n, args.in<float>(kDy) + r * l.n,
                 args.in<float>(kGamma), args.in<float>(kMean)[r],
                 args.in<float>(kInverseStddev)[r]};
  if (std::abs(row.mean) * row.s > kFarMean) {
    const double rest = RestOfMean(Moments(row.x, l.n, row.mean).first, l.count(), row.mean);
    row.offset = static_cast<float>(rest * row.s);
  }
  const TwoSums g = GradSums(row, l.n);
  const double mean_g = g.first / l.count(), mean_gx = g.second / l.count();
  TakeGradRow(row, l.n, static_cast<float>(mean_g), static_cast<float>(mean_gx),
              args.out<float>(kDx) + r * l.n, sums, sums + l.n);
  if (!AreSafe(mean_g, mean_gx, row.s)) [[unlikely]]
    ReferenceRow<float>(l, args, r);
}

// A shard's sums over its rows: 2n float64, behind them 2n float32 of the rows since the last fold.
struct PartialSums {
  double* sums;
  float* block;

  static runtime::ByteSize Bytes(int64_t n) {
    return runtime::BytesOf<double>(2, n) + runtime::BytesOf<float>(2, n);
  }
  PartialSums(std::byte* scratch, int64_t n, int shard)
      : sums(reinterpret_cast<double*>(scratch + (shard * Bytes(n)).value())),
        block(reinterpret_cast<float*>(sums + 2 * n)) {}
};

// The rows' terms of dgamma and dbeta in float64, where float32 has no room for them.
void AddInDouble(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end,
                 double* sums) {
  for (int64_t r = begin; r < end; ++r) {
    const float* x = args.in<float>(kX) + r * l.n;
    const float* dy = args.in<float>(kDy) + r * l.n;
    const double m = MeanOf<float>(l, args, r), s = args.in<float>(kInverseStddev)[r];
    for (int64_t j = 0; j < l.n; ++j) {
      sums[j] += dy[j] * ((x[j] - m) * s);
      sums[l.n + j] += dy[j];
    }
  }
}

void FastRows(const Layout& l, const KernelArgs& args, int shards, int shard) {
  const PartialSums partial(args.scratch, l.n, shard);
  const runtime::ShardRange range = runtime::RangeOfShard(l.rows, shards, shard);
  std::fill_n(partial.sums, 2 * l.n, 0.0);
  for (int64_t r = range.begin; r < range.end; r += kBlockRows) {
    const int64_t end = std::min(range.end, r + kBlockRows);
    std::fill_n(partial.block, 2 * l.n, 0.0f);
    for (int64_t i = r; i < end; ++i) FastRow(l, args, i, partial.block);
    if (!AreFinite(partial.block, 2 * l.n)) {
      AddInDouble(l, args, r, end, partial.sums);
      continue;
    }
    for (int64_t j = 0; j < 2 * l.n; ++j) partial.sums[j] += partial.block[j];
  }
}

// dgamma and dbeta from the sums of all shards, in their order.
void JoinSums(const Layout& l, const KernelArgs& args, int shards, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end; ++j) {
    double dgamma = 0, dbeta = 0;
    for (int shard = 0; shard < shards; ++shard) {
      const PartialSums partial(args.scratch, l.n, shard);
      dgamma += partial.sums[j];
      dbeta += partial.sums[l.n + j];
    }
    args.out<float>(kDGamma)[j] = static_cast<float>(dgamma);
    args.out<float>(kDBeta)[j] = static_cast<float>(dbeta);
  }
}

// x and dy are read once: each shard takes its rows' dx and their part of the sums over rows.
void MakeFast(const Layout& l, Kernel* kernel) {
  constexpr int kMostShards = 32;  // whose sums are still quickly joined
  kernel->implementation = "simd";
  const int shards =
      std::min(kMostShards, runtime::ShardsFor(l.rows, 4 * static_cast<double>(l.n)));
  kernel->scratch_bytes = (shards * PartialSums::Bytes(l.n)).value();
  kernel->phases.push_back({shards, [l, shards](const KernelArgs& args, int shard) {
                              FastRows(l, args, shards, shard);
                              return absl::OkStatus();
                            }});
  kernel->phases.back().outputs = 1 << kDx;
  const auto join = [l, shards](const KernelArgs& args, int64_t begin, int64_t end) {
    JoinSums(l, args, shards, begin, end);
  };
  runtime::ParallelOver(l.n, 2.0 * shards, join, kernel);
  kernel->phases.back().inputs = 0;
  kernel->phases.back().outputs = 1 << kDGamma | 1 << kDBeta;
}

}  // namespace

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(l, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<float>(l, kernel);
  } else {
    MakeFast(l, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::layer_norm_internal
