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

struct Moments {
  double mean, variance;
};

// Of the channel that x[0] belongs to.
template <typename T>
Moments MomentsOf(const Layout& l, const T* x) {
  const double mean = SumOf(l.rows, [=](int64_t i) { return x[i * l.channels]; }) / l.count();
  const auto square = [=](int64_t i) {
    return (x[i * l.channels] - mean) * (x[i * l.channels] - mean);
  };
  return {mean, SumOf(l.rows, square) / l.count()};
}

// The definition, channel by channel.
template <typename T>
void MakeReference(const Layout& l, double epsilon, Kernel* kernel) {
  const auto run = [l, epsilon](const KernelArgs& a, int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const T* x = a.in<T>(0) + c;
      T* y = a.out<T>(0) + c;
      const auto [mean, variance] = MomentsOf(l, x);
      const double scale = a.in<T>(1)[c] / std::sqrt(variance + epsilon);
      for (int64_t i = 0; i < l.rows; ++i) {
        y[i * l.channels] = static_cast<T>((x[i * l.channels] - mean) * scale + a.in<T>(2)[c]);
      }
      a.out<T>(1)[c] = static_cast<T>(mean);
      a.out<T>(2)[c] = static_cast<T>(variance);
    }
  };
  runtime::ParallelOver(l.channels, 6.0 * l.rows, run, kernel);
}

// Scratch of the fast kernel. Every shard has its count, means and sums of squared deviations
// (float64), and room for the sums of a block (float32). Once joined, the first shard's floats hold
// scale, shift and mean of y = (x - mean) scale + shift; where float32 does not hold that, the
// scale is NaN there, and mean and scale are the first shard's float64 numbers.
struct Scratch {
  static runtime::ByteSize BytesPerShard(int64_t channels) {
    return runtime::BytesOf<double>(2, channels) + runtime::BytesOf<float>(3, channels);
  }

  Scratch(const Layout& l, std::byte* scratch, int shard) {
    const int64_t c = l.channels, s = l.shards;
    auto* doubles = reinterpret_cast<double*>(scratch);
    auto* floats = reinterpret_cast<float*>(doubles + 2 * c * s);
    mean = doubles + 2 * c * shard;
    squares = mean + c;
    sum = floats + 3 * c * shard;
    residual = sum + c;
    block_squares = residual + c;
  }

  double *mean, *squares;
  float *sum, *residual, *block_squares;
};

// Mean and squared deviations of `rows` rows, in two passes of which the second one also corrects
// the mean's rounding: sum = the mean rounded to float32, residual = Σ (x - sum), block_squares = Σ
// (x - sum)².
void BlockMoments(const float* x, int64_t rows, int64_t channels, const Scratch& s) {
  float* __restrict sum = s.sum;
  float* __restrict residual = s.residual;
  float* __restrict squares = s.block_squares;
  std::fill_n(sum, 3 * channels, 0.0f);
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = x + i * channels;
    for (int64_t c = 0; c < channels; ++c) sum[c] += row[c];
  }
  const float inverse = 1.0f / static_cast<float>(rows);
  for (int64_t c = 0; c < channels; ++c) sum[c] *= inverse;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = x + i * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const float d = row[c] - sum[c];
      residual[c] += d;
      squares[c] += d * d;
    }
  }
}

// Joins (n, mean, squares) with (m, other_mean, other_squares) of other elements. Source: Chan,
// Golub, LeVeque, "Algorithms for computing the sample variance", The American Statistician 37
// (1983).
void Join(double n, double m, double other_mean, double other_squares, double* mean,
          double* squares) {
  const double delta = other_mean - *mean;
  *mean += delta * (m / (n + m));
  *squares += other_squares + delta * delta * (n * m / (n + m));
}

void ShardMoments(const Layout& l, const KernelArgs& args, int shard) {
  const Scratch s(l, args.scratch, shard);
  std::fill_n(s.mean, 2 * l.channels, 0.0);
  const runtime::ShardRange rows = l.RowsOf(shard);
  const int64_t block = BlockRows(l.channels);
  for (int64_t i = rows.begin; i < rows.end; i += block) {
    const int64_t count = std::min(block, rows.end - i);
    BlockMoments(args.in<float>(0) + i * l.channels, count, l.channels, s);
    const double n = static_cast<double>(i - rows.begin), m = static_cast<double>(count);
    for (int64_t c = 0; c < l.channels; ++c) {
      const double residual = s.residual[c];
      Join(n, m, s.sum[c] + residual / m, s.block_squares[c] - residual * residual / m, &s.mean[c],
           &s.squares[c]);
    }
  }
}

// The statistics of a channel, taken again where squares of float32 vanish or overflow, and what
// normalises it. The mean is rounded to float32 only where its remainder goes into the shift.
void SetChannel(const Layout& l, double epsilon, const KernelArgs& args, int64_t c, Moments m) {
  const Scratch first(l, args.scratch, 0);
  bool is_safe = IsSafeMeanSquare(m.variance + epsilon);
  if (!is_safe) m = MomentsOf(l, args.in<float>(0) + c);
  const double scale = args.in<float>(1)[c] / std::sqrt(m.variance + epsilon);
  is_safe = is_safe && FitsFloat32(scale);
  const float rounded = static_cast<float>(m.mean), beta = args.in<float>(2)[c];
  args.out<float>(1)[c] = first.block_squares[c] = rounded;
  args.out<float>(2)[c] = static_cast<float>(m.variance);
  first.sum[c] = is_safe ? static_cast<float>(scale) : std::nanf("");
  first.residual[c] = is_safe ? static_cast<float>(beta - (m.mean - rounded) * scale) : beta;
  first.mean[c] = m.mean;
  first.squares[c] = scale;
}

// Mean and variance of channels begin … end - 1, and what normalises them.
void JoinShards(const Layout& l, double epsilon, const KernelArgs& args, int64_t begin,
                int64_t end) {
  for (int64_t c = begin; c < end; ++c) {
    double mean = 0, squares = 0;
    for (int shard = 0; shard < l.shards; ++shard) {
      const runtime::ShardRange rows = l.RowsOf(shard);
      if (rows.begin == rows.end) continue;
      const Scratch s(l, args.scratch, shard);
      Join(static_cast<double>(rows.begin), static_cast<double>(rows.end - rows.begin), s.mean[c],
           s.squares[c], &mean, &squares);
    }
    SetChannel(l, epsilon, args, c, {mean, squares / l.count()});
  }
}

// y of rows begin … end - 1 where float32 does not hold some channel's numbers.
void NormaliseInDouble(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Scratch first(l, args.scratch, 0);
  for (int64_t i = begin * l.channels; i < end * l.channels; i += l.channels) {
    const float* x = args.in<float>(0) + i;
    for (int64_t c = 0; c < l.channels; ++c) {
      args.out<float>(0)[i + c] =
          std::isnan(first.sum[c])
              ? static_cast<float>((x[c] - first.mean[c]) * first.squares[c] + first.residual[c])
              : (x[c] - first.block_squares[c]) * first.sum[c] + first.residual[c];
    }
  }
}

void Normalise(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Scratch first(l, args.scratch, 0);
  if (!AreFinite(first.sum, l.channels)) return NormaliseInDouble(l, args, begin, end);
  const float* mean = first.block_squares;
  for (int64_t i = begin; i < end; ++i) {
    const float* __restrict x = args.in<float>(0) + i * l.channels;
    float* __restrict y = args.out<float>(0) + i * l.channels;
    for (int64_t c = 0; c < l.channels; ++c)
      y[c] = (x[c] - mean[c]) * first.sum[c] + first.residual[c];
  }
}

void MakeFast(const Layout& l, double epsilon, Kernel* kernel) {
  kernel->implementation = "simd";
  kernel->scratch_bytes = (l.shards * Scratch::BytesPerShard(l.channels)).value();
  kernel->phases.push_back({l.shards, [l](const KernelArgs& args, int shard) {
                              ShardMoments(l, args, shard);
                              return absl::OkStatus();
                            }});
  kernel->phases.back().inputs = 1;
  kernel->phases.back().outputs = 0;
  const auto join = [l, epsilon](const KernelArgs& args, int64_t begin, int64_t end) {
    JoinShards(l, epsilon, args, begin, end);
  };
  runtime::ParallelOver(l.channels, 10.0 * l.shards, join, kernel);
  kernel->phases.back().inputs = 0b111;
  kernel->phases.back().outputs = 0b110;
  const auto normalise = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    Normalise(l, args, begin, end);
  };
  runtime::OverRows({.count = l.rows, .aligned = 1, .cost = static_cast<double>(l.channels)},
                    normalise, kernel);
  kernel->phases.back().inputs = 1;
  kernel->phases.back().outputs = 1;
}

}  // namespace

Layout LayoutOf(const KernelRequest& request) {
  const Dims& dims = request.inputs[0].dims;
  const int64_t rows = NumElements(absl::MakeConstSpan(dims).subspan(0, dims.size() - 1));
  return {rows, dims.back(),
          runtime::ShardsFor(rows / 16, 32.0 * static_cast<double>(dims.back()))};
}

int64_t BlockRows(int64_t channels) {
  return std::clamp<int64_t>(4096 / std::max<int64_t>(channels, 1), 16, 64);
}

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
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
