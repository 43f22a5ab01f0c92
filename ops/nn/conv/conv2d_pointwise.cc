#include <algorithm>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/conv2d_products.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::RangeOfShard;
namespace simd = runtime::simd;

// Measured on one core (Zen 4, AVX-512; peak some 117 GF/s), in GF/s:
//                          |     forward      |  input gradient  | filter gradient
//   pixels, channels       | products  oneDNN | products  oneDNN | products  oneDNN
//   8 · 56², 256 to 64     |       86      91 |       85      89 |       68      66
//   8 · 14², 1024 to 256   |      107     108 |       96     107 |       82      92
//   8 · 112², 32 to 16     |      106      46 |      102      95 |       81      90
//   8 · 56², 144 to 24     |                  |                  |       37      65
//   14², 96 to 576         |      111       - |      110     114 |      107     110
// So it is a draw, and products can go by any rows: they flow into what follows.

// A filter of one pixel without stride or padding is a product of matrices whose rows are the
// pixels of all images.
bool IsPointwise(const Sizes& s) {
  return s.filter_height == 1 && s.filter_width == 1 && s.stride_y == 1 && s.stride_x == 1 &&
         s.pad_top == 0 && s.pad_left == 0 && s.out_height == s.height && s.out_width == s.width &&
         s.groups == 1;
}

// y = x · filter, or dx = dy · filterᵀ: k channels to n.
void AddProduct(const Products& p, const Sizes& s, runtime::Kernel* kernel) {
  const int64_t pixels = s.batch * s.height * s.width;
  AddPacking(p, kernel);
  if (IsByPanels(p, pixels)) return AddPanels(p, pixels, {p.k, 0}, kernel);
  constexpr int64_t kLeast = 24;  // fewer rows read the packed filter too often
  const auto run = [p](const KernelArgs& args, int64_t begin, int64_t end) {
    simd::GemmPacked(end - begin, p.n, p.k, {args.in<float>(0) + begin * p.k, p.k},
                     p.Packed(args, 0), 0, simd::NumPanels(p.n),
                     {args.out<float>(0) + begin * p.n, p.n}, nullptr);
  };
  runtime::OverRows({.count = pixels,
                     .aligned = 1,
                     .least = std::min(kLeast, pixels),
                     .cost = ImageCost(s) / static_cast<double>(s.height * s.width)},
                    run, kernel);
  kernel->phases.back().inputs = 1;
}

// df = xᵀ · dy, in parts of the pixels, which are added in their order.
void AddFilterGrad(const Sizes& s, runtime::Kernel* kernel) {
  const int64_t pixels = s.batch * s.height * s.width, m = s.in_channels, n = s.out_channels;
  const double most = std::min(16.0, 1 + 1.0 * pixels * (m + n) / (m * n) / 2);
  const int shards = static_cast<int>(std::clamp(Seconds(s) / 16e-6, 1.0, most));
  if (shards > 1) kernel->scratch_bytes = runtime::BytesOf<float>(shards, m, n).value();
  // With few channels, as many pixels at a time as stay in the first cache while all are used.
  const int64_t block = std::max<int64_t>(64, 4096 / (m + n));
  const auto run = [=](const KernelArgs& args, int shard) {
    float* const sum =
        shards > 1 ? reinterpret_cast<float*>(args.scratch) + shard * m * n : args.out<float>(0);
    const auto range = RangeOfShard(pixels, shards, shard);
    for (int64_t p = range.begin; p < range.end; p += block) {
      simd::Gemm(m, n, std::min(block, range.end - p), {args.in<float>(0) + p * m, m, true},
                 {args.in<float>(1) + p * n, n}, {sum, n, p > range.begin});
    }
    return absl::OkStatus();
  };
  kernel->phases.push_back({shards, run});
  if (shards == 1) return;
  kernel->phases.back().outputs = 0;
  AddSumPhase(shards, m * n, m * n, {}, true, kernel);
}

}  // namespace

bool MakePointwiseKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  if (!IsPointwise(s)) return false;
  kernel->implementation = "gemm";
  if (kind == Kind::kFilterGrad) {
    AddFilterGrad(s, kernel);
  } else if (kind == Kind::kForward) {
    AddProduct({1, s.in_channels, s.out_channels, s.out_channels, 0, false}, s, kernel);
  } else {
    AddProduct({1, s.out_channels, s.in_channels, s.out_channels, 0, true}, s, kernel);
  }
  return true;
}

}  // namespace dagrad::ops::conv2d_internal
