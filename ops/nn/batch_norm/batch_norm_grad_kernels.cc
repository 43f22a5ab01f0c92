#include <algorithm>
#include <cmath>

#include "dagrad/ops/nn/batch_norm/batch_norm_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::batch_norm_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

enum Input { kX, kGamma, kMean, kVariance, kDy };
enum Output { kDx, kDGamma, kDBeta };

// The mean of a channel in float64: what was given, and what its rounding to T took.
template <typename T>
double MeanOf(const Layout& l, const KernelArgs& args, int64_t c) {
  const T* x = args.in<T>(kX) + c;
  const T mean = args.in<T>(kMean)[c];
  const auto difference = [=](int64_t i) { return x[i * l.channels] - static_cast<double>(mean); };
  return mean + RestOfMean(SumOf(l.rows, difference), l.count(), mean);
}

// The definition, channel by channel.
template <typename T>
void MakeReference(const Layout& l, double epsilon, Kernel* kernel) {
  const auto run = [l, epsilon](const KernelArgs& a, int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const T* x = a.in<T>(kX) + c;
      const T* dy = a.in<T>(kDy) + c;
      const double mean = MeanOf<T>(l, a, c), r = 1 / std::sqrt(a.in<T>(kVariance)[c] + epsilon);
      const auto x_hat = [=](int64_t i) { return (x[i * l.channels] - mean) * r; };
      const auto term = [&](int64_t i) { return dy[i * l.channels] * x_hat(i); };
      const double dbeta = SumOf(l.rows, [=](int64_t i) { return dy[i * l.channels]; });
      const double dgamma = SumOf(l.rows, term);
      for (int64_t i = 0; i < l.rows; ++i) {
        const double d = dy[i * l.channels] - dbeta / l.count() - x_hat(i) * (dgamma / l.count());
        a.out<T>(kDx)[c + i * l.channels] = static_cast<T>(a.in<T>(kGamma)[c] * r * d);
      }
      a.out<T>(kDGamma)[c] = static_cast<T>(dgamma);
      a.out<T>(kDBeta)[c] = static_cast<T>(dbeta);
    }
  };
  runtime::ParallelOver(l.channels, 8.0 * l.rows, run, kernel);
}

// Scratch of the fast kernel: sums of dy, of dy (x - mean) and of x - mean, in float64 per shard
// and in float32 per block. Once joined, the first shard's three rows of floats hold dx = dy_factor
// dy - x_factor (x - mean) - constant; where float32 does not hold that, the dy_factor is NaN
// there, and the first shard's float64 numbers are these three.
struct Scratch {
  static runtime::ByteSize BytesPerShard(int64_t channels) {
    return runtime::BytesOf<double>(3, channels) + runtime::BytesOf<float>(3, channels);
  }

  Scratch(const Layout& l, std::byte* scratch, int shard) {
    const int64_t c = l.channels, s = l.shards;
    auto* doubles = reinterpret_cast<double*>(scratch);
    auto* floats = reinterpret_cast<float*>(doubles + 3 * c * s);
    dy = doubles + 3 * c * shard;
    dy_x = dy + c;
    x = dy_x + c;
    block_dy = floats + 3 * c * shard;
    block_dy_x = block_dy + c;
    block_x = block_dy_x + c;
  }

  double *dy, *dy_x, *x;
  float *block_dy, *block_dy_x, *block_x;
};

// So many standard deviations from 0, what rounding took from a mean is 1e-6 of one at most.
constexpr double kFarMean = 16;

bool HasFarMean(const Layout& l, double epsilon, const KernelArgs& args) {
  const float* mean = args.in<float>(kMean);
  const float* variance = args.in<float>(kVariance);
  for (int64_t c = 0; c < l.channels; ++c) {
    if (std::abs(mean[c]) > kFarMean * std::sqrt(variance[c] + epsilon)) return true;
  }
  return false;
}

void AddDifferences(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end,
                    const Scratch& s) {
  float* __restrict sum = s.block_x;
  const float* mean = args.in<float>(kMean);
  std::fill_n(sum, l.channels, 0.0f);
  for (int64_t i = begin; i < end; ++i) {
    const float* x = args.in<float>(kX) + i * l.channels;
    for (int64_t c = 0; c < l.channels; ++c) sum[c] += x[c] - mean[c];
  }
  for (int64_t c = 0; c < l.channels; ++c) s.x[c] += sum[c];
}

void AddBlock(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end,
              const Scratch& s) {
  float* __restrict sum = s.block_dy;
  float* __restrict sum_x = s.block_dy_x;
  const float* mean = args.in<float>(kMean);
  std::fill_n(sum, 2 * l.channels, 0.0f);
  for (int64_t i = begin; i < end; ++i) {
    const float* x = args.in<float>(kX) + i * l.channels;
    const float* dy = args.in<float>(kDy) + i * l.channels;
    for (int64_t c = 0; c < l.channels; ++c) {
      sum[c] += dy[c];
      sum_x[c] += dy[c] * (x[c] - mean[c]);
    }
  }
  for (int64_t c = 0; c < l.channels; ++c) s.dy[c] += sum[c];
  for (int64_t c = 0; c < l.channels; ++c) s.dy_x[c] += sum_x[c];
}

void ShardSums(const Layout& l, double epsilon, const KernelArgs& args, int shard) {
  const Scratch s(l, args.scratch, shard);
  std::fill_n(s.dy, 3 * l.channels, 0.0);
  const runtime::ShardRange rows = l.RowsOf(shard);
  const int64_t block = BlockRows(l.channels);
  const bool has_far_mean = HasFarMean(l, epsilon, args);
  for (int64_t i = rows.begin; i < rows.end; i += block) {
    const int64_t end = std::min(i + block, rows.end);
    AddBlock(l, args, i, end, s);
    if (has_far_mean) AddDifferences(l, args, i, end, s);
  }
}

// Σ dy and Σ dy (x - mean) over a channel, and what rounding took from the mean.
struct Sums {
  double dy = 0, dy_x = 0, rest = 0;
};

// The sums of all shards.
Sums JoinedSums(const Layout& l, const KernelArgs& args, int64_t c) {
  Sums sums;
  double differences = 0;
  for (int shard = 0; shard < l.shards; ++shard) {
    const Scratch s(l, args.scratch, shard);
    sums.dy += s.dy[c];
    sums.dy_x += s.dy_x[c];
    differences += s.x[c];
  }
  sums.rest = RestOfMean(differences, l.count(), args.in<float>(kMean)[c]);
  sums.dy_x -= sums.rest * sums.dy;
  return sums;
}

// The same of float64 terms.
Sums SumsInDouble(const Layout& l, const KernelArgs& args, int64_t c) {
  const float* x = args.in<float>(kX) + c;
  const float* dy = args.in<float>(kDy) + c;
  const double mean = MeanOf<float>(l, args, c);
  const auto term = [=](int64_t i) { return dy[i * l.channels] * (x[i * l.channels] - mean); };
  return {SumOf(l.rows, [=](int64_t i) { return dy[i * l.channels]; }), SumOf(l.rows, term),
          mean - args.in<float>(kMean)[c]};
}

// dx = dy_factor dy - x_factor (x - the rounded mean) - constant.
struct Factors {
  double dy_factor, x_factor, constant;
};

Factors FactorsOf(const Layout& l, double dy_factor, double r, const Sums& s) {
  const double x_factor = dy_factor * r * r * s.dy_x / l.count();
  return {dy_factor, x_factor, dy_factor * s.dy / l.count() - x_factor * s.rest};
}

// Whether float32 has kept the terms of the sums, of which those of dy_x are multiplied by r, and
// keeps what is made of them.
bool AreSafe(double spread, double r, const Sums& s, const Factors& f) {
  constexpr double kMost = 1e18, kLeast = 1e-20, kAmplifies = 1e4;
  return IsSafeMeanSquare(spread) && (r <= kAmplifies || std::abs(s.dy_x) >= kLeast) &&
         std::abs(s.dy) <= kMost && std::abs(s.dy_x) <= kMost && std::abs(f.dy_factor) <= kMost &&
         FitsFloat32(f.dy_factor) && FitsFloat32(f.x_factor) && FitsFloat32(f.constant);
}

void JoinShards(const Layout& l, double epsilon, const KernelArgs& args, int64_t begin,
                int64_t end) {
  const Scratch first(l, args.scratch, 0);
  for (int64_t c = begin; c < end; ++c) {
    Sums sums = JoinedSums(l, args, c);
    const double spread = args.in<float>(kVariance)[c] + epsilon, r = 1 / std::sqrt(spread);
    const double scale = args.in<float>(kGamma)[c] * r;
    Factors f = FactorsOf(l, scale, r, sums);
    const bool is_safe = AreSafe(spread, r, sums, f);
    if (!is_safe) [[unlikely]] {
      f = FactorsOf(l, scale, r, sums = SumsInDouble(l, args, c));
      first.dy[c] = f.dy_factor;
      first.dy_x[c] = f.x_factor;
      first.x[c] = f.constant;
    }
    args.out<float>(kDGamma)[c] = l.rows == 0 ? 0 : static_cast<float>(sums.dy_x * r);
    args.out<float>(kDBeta)[c] = static_cast<float>(sums.dy);
    first.block_dy[c] = is_safe ? static_cast<float>(f.dy_factor) : std::nanf("");
    first.block_dy_x[c] = static_cast<float>(f.x_factor);
    first.block_x[c] = static_cast<float>(f.constant);
  }
}

// dx of rows begin … end - 1 where float32 does not hold some channel's numbers.
void ApplyInDouble(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Scratch first(l, args.scratch, 0);
  const float* mean = args.in<float>(kMean);
  for (int64_t i = begin * l.channels; i < end * l.channels; i += l.channels) {
    const float* x = args.in<float>(kX) + i;
    const float* dy = args.in<float>(kDy) + i;
    float* dx = args.out<float>(kDx) + i;
    for (int64_t c = 0; c < l.channels; ++c) {
      const double difference = x[c] - static_cast<double>(mean[c]);
      dx[c] =
          std::isnan(first.block_dy[c])
              ? static_cast<float>(first.dy[c] * dy[c] - first.dy_x[c] * difference - first.x[c])
              : first.block_dy[c] * dy[c] - first.block_dy_x[c] * (x[c] - mean[c]) -
                    first.block_x[c];
    }
  }
}

void Apply(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Scratch first(l, args.scratch, 0);
  if (!AreFinite(first.block_dy, l.channels)) return ApplyInDouble(l, args, begin, end);
  const float* mean = args.in<float>(kMean);
  for (int64_t i = begin; i < end; ++i) {
    const float* __restrict x = args.in<float>(kX) + i * l.channels;
    const float* __restrict dy = args.in<float>(kDy) + i * l.channels;
    float* __restrict dx = args.out<float>(kDx) + i * l.channels;
    for (int64_t c = 0; c < l.channels; ++c) {
      dx[c] = first.block_dy[c] * dy[c] - first.block_dy_x[c] * (x[c] - mean[c]) - first.block_x[c];
    }
  }
}

void MakeFast(const Layout& l, double epsilon, Kernel* kernel) {
  kernel->implementation = "simd";
  kernel->scratch_bytes = (l.shards * Scratch::BytesPerShard(l.channels)).value();
  kernel->phases.push_back({l.shards, [l, epsilon](const KernelArgs& args, int shard) {
                              ShardSums(l, epsilon, args, shard);
                              return absl::OkStatus();
                            }});
  kernel->phases.back().inputs = 1 << kX | 1 << kMean | 1 << kVariance | 1 << kDy;
  kernel->phases.back().outputs = 0;
  const auto join = [l, epsilon](const KernelArgs& args, int64_t begin, int64_t end) {
    JoinShards(l, epsilon, args, begin, end);
  };
  runtime::ParallelOver(l.channels, 4.0 * l.shards, join, kernel);
  kernel->phases.back().outputs = 1 << kDGamma | 1 << kDBeta;
  const auto apply = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    Apply(l, args, begin, end);
  };
  runtime::OverRows(
      {.count = l.rows, .aligned = 1 << kX | 1 << kDy, .cost = static_cast<double>(l.channels)},
      apply, kernel);
  kernel->phases.back().inputs = 1 << kX | 1 << kMean | 1 << kDy;
  kernel->phases.back().outputs = 1 << kDx;
}

}  // namespace

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  const double epsilon = request.attr<double>("epsilon");
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(l, epsilon, kernel);
  } else if (request.mode == runtime::KernelMode::kReference || IsNarrow(l)) {
    MakeReference<float>(l, epsilon, kernel);
  } else {
    MakeFast(l, epsilon, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::batch_norm_internal
