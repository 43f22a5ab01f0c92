#include "dagrad/runtime/run/machine_peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::runtime {
namespace {

// `amount` over the least of several times of f: others disturb, nobody helps.
double BestRate(int times, double amount, const std::function<void()>& f) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9;
  for (int i = 0; i < times; ++i) {
    const Clock::time_point start = Clock::now();
    f();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return amount / least;
}

double FlopsOfThread() {
  constexpr int64_t kSize = 240;
  std::vector<float> a(kSize * kSize, 0.5F), b(kSize * kSize, 0.25F), c(kSize * kSize);
  std::vector<float> packed(simd::PackedBytes(kSize, kSize) / sizeof(float));
  simd::PackRight(kSize, kSize, {b.data(), kSize}, 0, simd::NumPanels(kSize), packed.data());
  return BestRate(40, 2.0 * kSize * kSize * kSize, [&] {
    simd::GemmPacked(kSize, kSize, kSize, {a.data(), kSize}, packed.data(), 0,
                     simd::NumPanels(kSize), {c.data(), kSize}, nullptr);
  });
}

double BytesOfThread() {
  constexpr size_t kBytes = size_t{96} << 20;
  std::vector<char> from(kBytes, 1), to(kBytes);
  return BestRate(3, 2.0 * kBytes, [&] { std::memcpy(to.data(), from.data(), kBytes); });
}

double CachedBytesOfThread() {
  constexpr size_t kBytes = 8192;
  constexpr int kCopies = 500;
  std::vector<char> from(kBytes, 1), to(kBytes);
  return BestRate(40, 2.0 * kBytes * kCopies, [&] {
    for (int i = 0; i < kCopies; ++i) {
      std::memcpy(to.data(), from.data(), kBytes);
      from[0] = to[kBytes - 1];  // each copy is needed by the next
    }
  });
}

// The sum over threads that all call `rate` at once.
double Together(int threads, double (*rate)()) {
  std::vector<double> rates(threads);
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back([&rates, rate, t] { rates[t] = rate(); });
  rates[0] = rate();
  for (std::thread& other : others) other.join();
  double sum = 0;
  for (const double r : rates) sum += r;
  return sum;
}

}  // namespace

MachinePeak MeasurePeak(int threads) {
  return {Together(threads, FlopsOfThread), Together(threads, BytesOfThread),
          Together(threads, CachedBytesOfThread)};
}

}  // namespace dagrad::runtime
