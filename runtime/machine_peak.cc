#include "dagrad/runtime/machine_peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::runtime {
namespace {

// The least of several times, in seconds: others disturb, nobody helps.
template <typename F>
double LeastSeconds(int times, F f) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9;
  for (int i = 0; i < times; ++i) {
    const Clock::time_point start = Clock::now();
    f();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return least;
}

double PeakFlops() {
  constexpr int64_t kSize = 240;
  std::vector<float> a(kSize * kSize, 0.5F), b(kSize * kSize, 0.25F), c(kSize * kSize);
  std::vector<float> packed(simd::PackedBytes(kSize, kSize) / sizeof(float));
  simd::PackRight(kSize, kSize, {b.data(), kSize}, 0, simd::NumPanels(kSize), packed.data());
  const double seconds = LeastSeconds(40, [&] {
    simd::GemmPacked(kSize, kSize, kSize, {a.data(), kSize}, packed.data(), 0,
                     simd::NumPanels(kSize), {c.data(), kSize}, nullptr);
  });
  return 2.0 * kSize * kSize * kSize / seconds;
}

double PeakBytes() {
  constexpr size_t kBytes = size_t{96} << 20;
  std::vector<char> from(kBytes, 1), to(kBytes);
  const double seconds = LeastSeconds(3, [&] { std::memcpy(to.data(), from.data(), kBytes); });
  return 2.0 * kBytes / seconds;
}

}  // namespace

MachinePeak MeasuredPeak() {
  static const MachinePeak peak{PeakFlops(), PeakBytes()};
  return peak;
}

}  // namespace dagrad::runtime
