#include <algorithm>
#include <cstdint>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/conv2d_patches.h"
#include "dagrad/ops/nn/conv/conv2d_products.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

constexpr int64_t kLeast = 24;  // fewer pixels read the packed filter too often

struct Forward {
  explicit Forward(const Sizes& s)
      : patches(s),
        filter(
            {s.groups, patches.size, patches.group_out, s.out_channels, patches.group_out, false}),
        pixels(s.batch * patches.pixels_per_image()) {
    constexpr int64_t kBlockElements = 48 * 1024;  // 192 KiB: part of a common second-level cache
    block = std::clamp<int64_t>(kBlockElements / patches.ld, std::min(kLeast, pixels), pixels);
  }

  // Of the result's pixels [begin, end).
  void Run(const KernelArgs& args, int64_t begin, int64_t end, float* scratch) const {
    const int64_t out = patches.s.out_channels, parts = (end - begin + block - 1) / block;
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t from = begin + (end - begin) * i / parts;
      const int64_t to = begin + (end - begin) * (i + 1) / parts;
      for (int64_t g = 0; g < filter.groups; ++g) {
        patches.Copy(args.in<float>(0), g, from, to, scratch);
        simd::GemmPacked(to - from, filter.n, filter.k, {scratch, patches.ld},
                         filter.Packed(args, g), 0, simd::NumPanels(filter.n),
                         {args.out<float>(0) + from * out + g * filter.n, out}, nullptr);
      }
    }
  }

  Patches patches;
  Products filter;
  int64_t pixels, block;  // a block's patches stand in scratch while they are multiplied
};

// Images are the rows where there are enough of them to share, else pixels.
void AddRows(const Forward& f, runtime::Kernel* kernel) {
  const Sizes& s = f.patches.s;
  const bool by_image = IsByImage(s);
  const int64_t unit = by_image ? f.patches.pixels_per_image() : 1;
  const auto run = [f, unit](const KernelArgs& args, int64_t begin, int64_t end) {
    f.Run(args, begin * unit, end * unit, reinterpret_cast<float*>(args.task_scratch));
  };
  const int64_t rows = f.pixels / unit;
  const runtime::ByteSize scratch = runtime::BytesOf<float>(f.block, f.patches.ld);
  runtime::OverRows(
      {.count = rows,
       .aligned = by_image ? 1U : 0U,
       .least = by_image ? 1 : std::min(kLeast, rows),
       .cost = ImageCost(s) * static_cast<double>(s.batch) / static_cast<double>(rows),
       .task_scratch_bytes = scratch.value()},
      run, kernel);
  kernel->phases.back().inputs = 1;
}

// All patches first, then the products by parts of the filter.
void AddPatchesAndPanels(const Forward& f, runtime::Kernel* kernel) {
  const int64_t patches_at = static_cast<int64_t>(kernel->scratch_bytes);
  const int64_t group = f.pixels * f.patches.ld;
  const auto patches = runtime::BytesOf<float>(f.filter.groups, f.pixels, f.patches.ld);
  kernel->scratch_bytes = (runtime::ByteSize(kernel->scratch_bytes) + patches).value();
  const auto copy = [f, patches_at, group](const KernelArgs& args, int64_t begin, int64_t end) {
    float* const to = reinterpret_cast<float*>(args.scratch + patches_at);
    for (int64_t g = 0; g < f.filter.groups; ++g)
      f.patches.Copy(args.in<float>(0), g, begin, end, to + g * group + begin * f.patches.ld);
  };
  runtime::ParallelOver(f.pixels, static_cast<double>(f.filter.groups * f.patches.size), copy,
                        kernel);
  kernel->phases.back().inputs = 1;
  kernel->phases.back().outputs = 0;
  AddPanels(f.filter, f.pixels, {f.patches.ld, group, patches_at}, kernel);
}

}  // namespace

void MakeGemmForward(const Sizes& sizes, runtime::Kernel* kernel) {
  const Forward f(sizes);
  kernel->implementation = "im2col+simd:gemm";
  AddPacking(f.filter, kernel);
  if (IsByPanels(f.filter, f.pixels)) {
    AddPatchesAndPanels(f, kernel);
  } else {
    AddRows(f, kernel);
  }
}

}  // namespace dagrad::ops::conv2d_internal
