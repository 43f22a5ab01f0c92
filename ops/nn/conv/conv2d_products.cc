#include "dagrad/ops/nn/conv/conv2d_products.h"

#include <algorithm>

#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

// Calls f(group, first panel, end) for the parts of each group that lie in [begin, end) of all
// groups' panels.
template <typename F>
void ForPanels(int64_t panels, int64_t begin, int64_t end, F f) {
  for (int64_t i = begin; i < end;) {
    const int64_t group = i / panels, stop = std::min(end, (group + 1) * panels);
    f(group, i - group * panels, stop - group * panels);
    i = stop;
  }
}

}  // namespace

runtime::ByteSize Products::GroupBytes() const {
  return runtime::ByteSize(simd::PackedBytes(k, n)).Aligned();
}

const float* Products::Packed(const KernelArgs& args, int64_t group) const {
  return reinterpret_cast<const float*>(args.kept + (group * GroupBytes()).value());
}

void AddPacking(const Products& p, runtime::Kernel* kernel) {
  kernel->kept_bytes = (p.groups * p.GroupBytes()).value();
  const int64_t panels = simd::NumPanels(p.n);
  const auto pack = [p, panels](const KernelArgs& args, int64_t begin, int64_t end) {
    ForPanels(panels, begin, end, [&](int64_t g, int64_t first, int64_t stop) {
      const float* const filter = args.in<float>(1) + g * p.filter_step;
      simd::PackRight(p.k, p.n, {filter, p.filter_ld, p.transposed}, first, stop,
                      reinterpret_cast<float*>(args.kept + (g * p.GroupBytes()).value()));
    });
  };
  const double cost = static_cast<double>(simd::PanelColumns()) * static_cast<double>(p.k) / 2;
  runtime::ParallelOver(p.groups * panels, cost, pack, kernel);
  kernel->phases.back().inputs = 1 << 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// Measured on two cores (Zen 4, 1 MiB of second-level cache each), ResNet-50's convolutions of 49
// pixels for one image, in µs of both together by pixels and by panels:
//   3 x 3, 512 to 512, stride 2 | 3280  2500
//   1024 to 2048, stride 2      | 3060  2260
//   512 to 2048                 | 1580  1150
//   2048 to 512                 | 1450  1130
// Of 196 pixels, it is a draw.
bool IsByPanels(const Products& p, int64_t pixels) {
  constexpr int64_t kFewPixels = 64, kLargeFilter = 256 * 1024;  // 1 MiB
  return pixels <= kFewPixels && p.groups * p.k * p.n > kLargeFilter;
}

void AddPanels(const Products& p, int64_t pixels, const Left& left, runtime::Kernel* kernel) {
  const int64_t panels = simd::NumPanels(p.n), ld = p.groups * p.n;
  const auto run = [=](const KernelArgs& args, int64_t begin, int64_t end) {
    const float* const a = left.scratch_at < 0
                               ? args.in<float>(0)
                               : reinterpret_cast<const float*>(args.scratch + left.scratch_at);
    ForPanels(panels, begin, end, [&](int64_t g, int64_t first, int64_t stop) {
      simd::GemmPacked(pixels, p.n, p.k, {a + g * left.step, left.ld}, p.Packed(args, g), first,
                       stop, {args.out<float>(0) + g * p.n, ld}, nullptr);
    });
  };
  const double cost = static_cast<double>(pixels * p.k * simd::PanelColumns()) / 20;
  runtime::ParallelOver(p.groups * panels, cost, run, kernel);
  kernel->phases.back().inputs = left.scratch_at < 0 ? 1 : 0;
}

}  // namespace dagrad::ops::conv2d_internal
