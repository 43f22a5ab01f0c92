#include "dagrad/benchmarks/kernel_times/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace dagrad::benchmarks {
namespace {

constexpr int64_t kLoops = 200000;
// Enough independent chains to hide the latency of a multiply-add.
constexpr int kChains = 12;

// Each does kLoops * kChains vectors of multiply-adds and returns the number of single ones.
#if defined(__x86_64__)
__attribute__((target("avx512f"))) int64_t Fma512(float* sink) {
  __m512 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm512_set1_ps(static_cast<float>(i));
  const __m512 a = _mm512_set1_ps(0.5F);
  for (int64_t loop = 0; loop < kLoops; ++loop) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = _mm512_fmadd_ps(sums[i], a, a);
  }
  for (int i = 0; i < kChains; ++i) *sink += _mm512_reduce_add_ps(sums[i]);
  return kLoops * kChains * 16;
}

__attribute__((target("avx2,fma"))) int64_t Fma256(float* sink) {
  __m256 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm256_set1_ps(static_cast<float>(i));
  const __m256 a = _mm256_set1_ps(0.5F);
  for (int64_t loop = 0; loop < kLoops; ++loop) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = _mm256_fmadd_ps(sums[i], a, a);
  }
  for (int i = 0; i < kChains; ++i) *sink += _mm256_cvtss_f32(sums[i]);
  return kLoops * kChains * 8;
}
#endif

int64_t FmaPlain(float* sink) {
  using Vector = float __attribute__((vector_size(16)));
  Vector sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = Vector{} + static_cast<float>(i);
  for (int64_t loop = 0; loop < kLoops; ++loop) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) sums[i] = sums[i] * 0.5F + 0.5F;
  }
  for (int i = 0; i < kChains; ++i) *sink += sums[i][0];
  return kLoops * kChains * 4;
}

int64_t Fma(float* sink) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return Fma512(sink);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Fma256(sink);
#endif
  return FmaPlain(sink);
}

// Units per second of all threads, each calling `work` (which returns its units) for 0.2 s; the
// best of three.
double Rate(int threads, const std::function<int64_t(int thread)>& work) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<double> rates(threads);
    std::vector<std::thread> team;
    for (int t = 0; t < threads; ++t) {
      team.emplace_back([&rates, &work, t] {
        const Clock::time_point start = Clock::now();
        double units = 0;
        double elapsed = 0;
        while (elapsed < 0.2) {
          units += static_cast<double>(work(t));
          elapsed = std::chrono::duration<double>(Clock::now() - start).count();
        }
        rates[t] = units / elapsed;
      });
    }
    for (std::thread& member : team) member.join();
    double sum = 0;
    for (const double r : rates) sum += r;
    best = std::max(best, sum);
  }
  return best;
}

}  // namespace

double PeakFlops(int threads) {
  std::vector<float> sinks(static_cast<size_t>(threads) * 16);
  return 2 * Rate(threads, [&](int t) { return Fma(&sinks[static_cast<size_t>(t) * 16]); });
}

double PeakBytesPerSecond(int threads) {
  constexpr size_t kBytes = size_t{128} << 20;
  std::vector<std::vector<char>> from(threads, std::vector<char>(kBytes, 1));
  std::vector<std::vector<char>> to(threads, std::vector<char>(kBytes, 2));
  return Rate(threads, [&](int t) {
    std::memcpy(to[t].data(), from[t].data(), kBytes);
    return static_cast<int64_t>(2 * kBytes);
  });
}

}  // namespace dagrad::benchmarks
