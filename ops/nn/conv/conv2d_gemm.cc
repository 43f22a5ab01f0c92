#include <algorithm>
#include <cstdint>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/conv2d_patches.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::RangeOfShard;
namespace simd = runtime::simd;

// How the images are cut: `rows` output rows of one image are a block, whose patches stand in
// scratch while they are multiplied.
struct Blocking {
  Blocking(const Sizes& sizes, Kind kind) : s(sizes), patches(s) {
    constexpr int64_t kBlockElements = 48 * 1024;  // 192 KiB: half of a common second-level cache
    rows = kBlockElements / (patches.ld * s.out_width);
    // Every block reads, or adds to, the whole filter: with few pixels, one that is in no core's
    // own cache would come too slowly.
    constexpr int64_t kLargeFilter = 256 * 1024, kPixels = 24;
    if (patches.size * patches.group_out > kLargeFilter)
      rows = std::max(rows, (kPixels + s.out_width - 1) / s.out_width);
    rows = std::clamp<int64_t>(rows, 1, s.out_height);
    blocks = (s.out_height + rows - 1) / rows;
    // The input's gradient adds overlapping patches, so an image is not cut there.
    units = kind == Kind::kInputGrad ? s.batch : s.batch * blocks;
    shards = CountShards(kind, s, units);
  }

  int64_t BlockFloats() const { return rows * s.out_width * patches.ld; }
  // The first pixel, and the one behind the last, of a block, counted through all images.
  int64_t Begin(int64_t image, int64_t block) const {
    return (image * s.out_height + block * rows) * s.out_width;
  }
  int64_t End(int64_t image, int64_t block) const {
    return (image * s.out_height + std::min((block + 1) * rows, s.out_height)) * s.out_width;
  }

  Sizes s;
  Patches patches;
  int64_t rows, blocks, units;
  int shards;
};

void FilterGrad(const Blocking& b, const KernelArgs& args, int64_t unit, bool add, float* scratch,
                float* sum) {
  const int64_t image = unit / b.blocks, block = unit % b.blocks;
  const int64_t begin = b.Begin(image, block), end = b.End(image, block);
  const Patches& p = b.patches;
  for (int64_t g = 0; g < b.s.groups; ++g) {
    p.Copy(args.in<float>(0), g, begin, end, scratch);
    simd::Gemm(p.size, p.group_out, end - begin, {scratch, p.ld, true},
               {args.in<float>(1) + begin * b.s.out_channels + g * p.group_out, b.s.out_channels},
               {sum + g * p.group_out, b.s.out_channels, add});
  }
}

void InputGrad(const Blocking& b, const KernelArgs& args, int64_t image, float* scratch) {
  const int64_t elements = b.s.height * b.s.width * b.s.in_channels;
  float* const dx = args.out<float>(0);
  const Patches& p = b.patches;
  std::fill_n(dx + image * elements, elements, 0.0f);
  for (int64_t block = 0; block < b.blocks; ++block) {
    const int64_t begin = b.Begin(image, block), end = b.End(image, block);
    for (int64_t g = 0; g < b.s.groups; ++g) {
      const float* const dy = args.in<float>(0) + begin * b.s.out_channels + g * p.group_out;
      simd::Gemm(end - begin, p.size, p.group_out, {dy, b.s.out_channels},
                 {args.in<float>(1) + g * p.group_out, b.s.out_channels, true}, {scratch, p.ld});
      p.Add(scratch, g, begin, end, dx);
    }
  }
}

// Scratch: a block of patches for each shard, then the shards' gradients of the filter if there are
// several.
float* PatchesOf(const Blocking& b, const KernelArgs& args, int shard) {
  return reinterpret_cast<float*>(args.scratch) + shard * b.BlockFloats();
}

float* FilterSumOf(const Blocking& b, const KernelArgs& args, int shard) {
  if (b.shards == 1) return args.out<float>(0);
  return PatchesOf(b, args, b.shards) + shard * FilterElements(b.s);
}

void MakeFilterGrad(const Blocking& b, runtime::Kernel* kernel) {
  const int64_t size = FilterElements(b.s);
  const runtime::ByteSize patches = runtime::BytesOf<float>(b.shards, b.BlockFloats());
  const runtime::ByteSize sums = runtime::BytesOf<float>(b.shards, size);
  kernel->scratch_bytes = b.shards > 1 ? (patches + sums).value() : patches.value();
  kernel->phases.push_back({b.shards, [b](const KernelArgs& args, int shard) {
                              const auto range = RangeOfShard(b.units, b.shards, shard);
                              for (int64_t unit = range.begin; unit < range.end; ++unit) {
                                FilterGrad(b, args, unit, unit > range.begin,
                                           PatchesOf(b, args, shard), FilterSumOf(b, args, shard));
                              }
                              return absl::OkStatus();
                            }});
  if (b.shards == 1) return;
  kernel->phases.back().outputs = 0;
  AddSumPhase(b.shards, size, size, patches, true, kernel);
}

// Images are the rows. (To pack the filter once did not gain.)
void MakeInputGrad(const Blocking& b, runtime::Kernel* kernel) {
  const auto run = [b](const KernelArgs& args, int64_t begin, int64_t end) {
    float* const scratch = reinterpret_cast<float*>(args.task_scratch);
    for (int64_t image = begin; image < end; ++image) InputGrad(b, args, image, scratch);
  };
  runtime::OverRows({.count = b.s.batch,
                     .aligned = 1,
                     .cost = ImageCost(b.s),
                     .task_scratch_bytes = runtime::BytesOf<float>(b.BlockFloats()).value()},
                    run, kernel);
}

}  // namespace

bool MakeGemmKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel) {
  kernel->implementation = "im2col+simd:gemm";
  if (kind == Kind::kForward) {
    MakeGemmForward(sizes, kernel);
  } else if (const Blocking b(sizes, kind); kind == Kind::kFilterGrad) {
    MakeFilterGrad(b, kernel);
  } else {
    MakeInputGrad(b, kernel);
  }
  return true;
}

}  // namespace dagrad::ops::conv2d_internal
