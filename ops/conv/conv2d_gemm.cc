#include <algorithm>
#include <cstdint>

#include "dagrad/ops/conv/conv2d_internal.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::RangeOfShard;
using runtime::simd::Gemm;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// How the images are cut: `rows` output rows of one image are a block, whose patches (one row of
// `patch` elements for each output element, `ld` apart) stand in scratch while they are multiplied.
struct Blocking {
  explicit Blocking(const Sizes& sizes, Kind kind) : s(sizes) {
    constexpr int64_t kBlockElements = 48 * 1024;  // 192 KiB: half of a common second-level cache
    group_in = s.in_channels / s.groups;
    group_out = s.out_channels / s.groups;
    patch = s.filter_height * s.filter_width * group_in;
    ld = CeilDiv(patch, 16) * 16;
    if (ld % 256 == 0) ld += 16;
    rows = kBlockElements / (ld * s.out_width);
    // Every block reads the whole filter: with few pixels, one that is in no core's own cache would
    // come too slowly (ResNet-50, one image, 14 x 14 to 7 x 7, 512 channels: 38 -> 46 GF/s).
    constexpr int64_t kLargeFilter = 256 * 1024, kPixels = 24;
    if (patch * group_out > kLargeFilter) rows = std::max(rows, CeilDiv(kPixels, s.out_width));
    rows = std::clamp<int64_t>(rows, 1, s.out_height);
    blocks = CeilDiv(s.out_height, rows);
    // The input's gradient adds overlapping patches, so an image is not cut there.
    units = kind == Kind::kInputGrad ? s.batch : s.batch * blocks;
    int64_t most = std::min<int64_t>(16, units);
    if (kind == Kind::kFilterGrad) {
      const double images =
          1.0 * s.batch *
          (s.height * s.width * s.in_channels + s.out_height * s.out_width * s.out_channels);
      most = std::min<int64_t>(most, 1 + static_cast<int64_t>(images / FilterElements(s)));
    }
    shards =
        static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(Seconds(s) / 16e-6), 1, most));
  }

  int64_t BlockFloats() const { return rows * s.out_width * ld; }
  int64_t RowsOf(int64_t block) const { return std::min(rows, s.out_height - block * rows); }
  const float* X(const float* x, int64_t image) const {
    return x + image * s.height * s.width * s.in_channels;
  }
  int64_t YOffset(int64_t image, int64_t block) const {
    return (image * s.out_height + block * rows) * s.out_width * s.out_channels;
  }

  Sizes s;
  int64_t group_in, group_out, patch, ld, rows, blocks, units;
  int shards;
};

// Calls f(place, elements, offset) for parts of the patch of output element (oy, ox), in their
// order: `elements` of it that stand one after the other in the image too, from `offset` on, or are
// padding (offset -1). They are those of a row of the filter, or, where its columns lie apart or
// there are groups, of a tap.
template <typename F>
void ForEachPart(const Blocking& b, int64_t oy, int64_t ox, F f) {
  const Sizes& s = b.s;
  const int64_t taps = s.dilation_x == 1 && s.groups == 1 ? s.filter_width : 1;
  int64_t place = 0;
  const auto part = [&](int64_t count, int64_t offset) {
    if (count > 0) f(place, count * b.group_in, offset);
    place += count * b.group_in;
  };
  for (int64_t i = 0; i < s.filter_height; ++i) {
    const int64_t iy = oy * s.stride_y + i * s.dilation_y - s.pad_top;
    const int64_t width = iy >= 0 && iy < s.height ? s.width : 0;
    for (int64_t j = 0; j < s.filter_width; j += taps) {
      const int64_t ix = ox * s.stride_x + j * s.dilation_x - s.pad_left;
      const int64_t before = std::clamp<int64_t>(-ix, 0, taps);
      const int64_t inside = std::clamp<int64_t>(width - ix - before, 0, taps - before);
      part(before, -1);
      part(inside, (iy * s.width + ix + before) * s.in_channels);
      part(taps - before - inside, -1);
    }
  }
}

void CopyPatches(const Blocking& b, const float* image, int64_t group, int64_t block,
                 float* patches) {
  const float* const from = image + group * b.group_in;
  for (int64_t row = 0; row < b.RowsOf(block); ++row) {
    for (int64_t ox = 0; ox < b.s.out_width; ++ox, patches += b.ld) {
      ForEachPart(b, block * b.rows + row, ox, [&](int64_t place, int64_t n, int64_t offset) {
        if (offset < 0) {
          std::fill_n(patches + place, n, 0.0f);
        } else {
          std::copy_n(from + offset, n, patches + place);
        }
      });
    }
  }
}

void AddPatches(const Blocking& b, const float* patches, int64_t group, int64_t block,
                float* image) {
  float* const to = image + group * b.group_in;
  for (int64_t row = 0; row < b.RowsOf(block); ++row) {
    for (int64_t ox = 0; ox < b.s.out_width; ++ox, patches += b.ld) {
      ForEachPart(b, block * b.rows + row, ox, [&](int64_t place, int64_t n, int64_t offset) {
        if (offset < 0) return;
        for (int64_t c = 0; c < n; ++c) to[offset + c] += patches[place + c];
      });
    }
  }
}

// One unit of the images.
void Forward(const Blocking& b, const KernelArgs& args, int64_t unit, float* patches) {
  const int64_t image = unit / b.blocks, block = unit % b.blocks;
  for (int64_t g = 0; g < b.s.groups; ++g) {
    CopyPatches(b, b.X(args.in<float>(0), image), g, block, patches);
    Gemm(b.RowsOf(block) * b.s.out_width, b.group_out, b.patch, {patches, b.ld},
         {args.in<float>(1) + g * b.group_out, b.s.out_channels},
         {args.out<float>(0) + b.YOffset(image, block) + g * b.group_out, b.s.out_channels});
  }
}

void FilterGrad(const Blocking& b, const KernelArgs& args, int64_t unit, bool add, float* patches,
                float* sum) {
  const int64_t image = unit / b.blocks, block = unit % b.blocks;
  for (int64_t g = 0; g < b.s.groups; ++g) {
    CopyPatches(b, b.X(args.in<float>(0), image), g, block, patches);
    Gemm(b.patch, b.group_out, b.RowsOf(block) * b.s.out_width, {patches, b.ld, true},
         {args.in<float>(1) + b.YOffset(image, block) + g * b.group_out, b.s.out_channels},
         {sum + g * b.group_out, b.s.out_channels, add});
  }
}

void InputGrad(const Blocking& b, const KernelArgs& args, int64_t image, float* patches) {
  const int64_t elements = b.s.height * b.s.width * b.s.in_channels;
  float* const dx = args.out<float>(0) + image * elements;
  std::fill_n(dx, elements, 0.0f);
  for (int64_t block = 0; block < b.blocks; ++block) {
    for (int64_t g = 0; g < b.s.groups; ++g) {
      Gemm(b.RowsOf(block) * b.s.out_width, b.patch, b.group_out,
           {args.in<float>(0) + b.YOffset(image, block) + g * b.group_out, b.s.out_channels},
           {args.in<float>(1) + g * b.group_out, b.s.out_channels, true}, {patches, b.ld});
      AddPatches(b, patches, g, block, dx);
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

void RunShard(const Blocking& b, Kind kind, const KernelArgs& args, int shard) {
  float* const patches = PatchesOf(b, args, shard);
  const auto range = RangeOfShard(b.units, b.shards, shard);
  for (int64_t unit = range.begin; unit < range.end; ++unit) {
    if (kind == Kind::kForward) {
      Forward(b, args, unit, patches);
    } else if (kind == Kind::kInputGrad) {
      InputGrad(b, args, unit, patches);
    } else {
      FilterGrad(b, args, unit, unit > range.begin, patches, FilterSumOf(b, args, shard));
    }
  }
}

// Images are the rows, wherever there are enough of them to share.
void AddImages(const Blocking& b, Kind kind, runtime::Kernel* kernel) {
  const int64_t units = b.units / b.s.batch;  // of an image
  const auto run = [b, kind, units](const KernelArgs& args, int64_t begin, int64_t end) {
    float* const patches = reinterpret_cast<float*>(args.task_scratch);
    for (int64_t unit = begin * units; unit < end * units; ++unit) {
      kind == Kind::kForward ? Forward(b, args, unit, patches) : InputGrad(b, args, unit, patches);
    }
    return absl::OkStatus();
  };
  runtime::AddRows({.count = b.s.batch,
                    .aligned = 1,
                    .cost = ImageCost(b.s),
                    .task_scratch_bytes = sizeof(float) * b.BlockFloats(),
                    .run = run},
                   kernel);
}

}  // namespace

void MakeGemmKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel) {
  const Blocking b(sizes, kind);
  const bool partial = kind == Kind::kFilterGrad && b.shards > 1;
  const int64_t patches = b.shards * b.BlockFloats();
  const int64_t sums = partial ? b.shards * FilterElements(sizes) : 0;
  kernel->implementation = "im2col+simd:gemm";
  if (kind != Kind::kFilterGrad && sizes.batch >= b.shards) return AddImages(b, kind, kernel);
  kernel->scratch_bytes = sizeof(float) * (patches + sums);
  kernel->phases.push_back({b.shards, [b, kind](const KernelArgs& args, int shard) {
                              RunShard(b, kind, args, shard);
                              return absl::OkStatus();
                            }});
  if (partial) {
    kernel->phases.back().outputs = 0;
    const int64_t size = FilterElements(sizes);
    AddSumPhase(b.shards, size, size, sizeof(float) * patches, true, kernel);
  }
}

}  // namespace dagrad::ops::conv2d_internal
