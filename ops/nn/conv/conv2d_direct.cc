#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/conv2d_products.h"
#include "dagrad/ops/nn/conv/conv2d_windows.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

// Windows along a row of an image overlap, and each of their rows is a piece of memory: they are a
// matrix as they stand, but for padding. So products read them from the image, or from a copy of a
// strip of it with zeros around, and not from patches that hold each element many times.
namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::RangeOfShard;
namespace simd = runtime::simd;

// The filter as the right side of the forward pass.
Products FilterOf(const Sizes& s) {
  return {1, FilterElements(s) / s.out_channels, s.out_channels, s.out_channels, 0, false};
}

// Pixels [begin, end) of y, counted through all images: whole rows where they are small enough, or
// pieces of rows.
void ForwardPixels(const Sizes& s, const ImageWindows& all, const KernelArgs& args, int64_t begin,
                   int64_t end) {
  const int64_t block = all.RowsOfBlock(), piece = all.ColumnsOfBlock();
  while (begin < end) {
    const int64_t row = begin / all.columns, column = begin % all.columns;
    const int64_t image = row / all.rows, first = row % all.rows;
    const int64_t columns = std::min({piece, end - begin, all.columns - column});
    const bool is_whole = columns == all.columns;
    const int64_t rows =
        is_whole ? std::min({block, (end - begin) / columns, all.rows - first}) : 1;
    const simd::Windows on = all.Columns(column, columns)
                                 .On(args.in<float>(0) + image * XElements(s), first, first + rows,
                                     reinterpret_cast<float*>(args.task_scratch));
    simd::GemmWindows(s.out_channels, on, reinterpret_cast<const float*>(args.kept), 0,
                      simd::NumPanels(s.out_channels),
                      {args.out<float>(0) + begin * s.out_channels, s.out_channels},
                      columns * s.out_channels);
    begin += rows * columns;
  }
}

// Images are the rows of the phase where there are enough of them to share, else rows of y, or its
// pixels where an image has one row only.
void AddForward(const Sizes& s, runtime::Kernel* kernel) {
  const ImageWindows w = ForwardWindows(s);
  AddPacking(FilterOf(s), kernel);
  const bool by_image = IsByImage(s);
  const int64_t unit = by_image ? w.rows * w.columns : w.rows == 1 ? 1 : w.columns;  // in pixels
  const int64_t count = s.batch * w.rows * w.columns / unit;
  const int64_t strip = w.Columns(0, w.ColumnsOfBlock()).StripElements(w.RowsOfBlock());
  runtime::OverRows(
      {.count = count,
       .aligned = by_image ? 1U : 0U,
       .cost = ImageCost(s) * static_cast<double>(s.batch) / static_cast<double>(count),
       .task_scratch_bytes = runtime::BytesOf<float>(strip).value()},
      [s, w, unit](const KernelArgs& args, int64_t begin, int64_t end) {
        ForwardPixels(s, w, args, begin * unit, end * unit);
      },
      kernel);
  kernel->phases.back().inputs = 1;
}

// A phase of the input's gradient, and where its filter stands, packed.
struct PackedPhase {
  InputGradPhase phase;
  int64_t packed_at;
};

struct InputGrad {
  explicit InputGrad(const Sizes& sizes) : s(sizes) {
    for (const InputGradPhase& p : InputGradPhases(s)) {
      phases.push_back({p, floats});
      floats +=
          static_cast<int64_t>(simd::PackedBytes(p.windows.depth(), s.in_channels) / sizeof(float));
      if (p.windows.depth() > 0) {
        strip = std::max(strip, p.windows.StripElements(p.windows.RowsOfBlock()));
      }
    }
  }

  // Panels [begin, end) of all filters.
  void Pack(const KernelArgs& args, int64_t begin, int64_t end) const {
    for (const PackedPhase& p : phases) {
      const ImageWindows& w = p.phase.windows;
      float* const to = reinterpret_cast<float*>(args.kept) + p.packed_at;
      for (int64_t i = 0; i < w.taps_y * w.taps_x; ++i) {
        const int64_t y = p.phase.first_y + s.stride_y * (w.taps_y - 1 - i / w.taps_x);
        const int64_t x = p.phase.first_x + s.stride_x * (w.taps_x - 1 - i % w.taps_x);
        const float* const tap =
            args.in<float>(1) + (y * s.filter_width + x) * s.in_channels * s.out_channels;
        simd::PackRows(w.depth(), s.in_channels, i * s.out_channels, s.out_channels,
                       {tap, s.out_channels, true}, begin, end, to);
      }
    }
  }

  void RunPhase(const KernelArgs& args, const PackedPhase& p, int64_t image) const {
    const ImageWindows& w = p.phase.windows;
    const int64_t c_step = s.stride_x * s.in_channels, row = s.width * s.in_channels;
    float* const dx = args.out<float>(0) + image * XElements(s) + p.phase.phase_y * row +
                      p.phase.phase_x * s.in_channels;
    if (w.depth() == 0) {
      for (int64_t i = 0; i < w.rows * w.columns; ++i) {
        std::fill_n(dx + i / w.columns * s.stride_y * row + i % w.columns * c_step, s.in_channels,
                    0.0f);
      }
      return;
    }
    const int64_t block = w.RowsOfBlock();
    for (int64_t u = 0; u < w.rows; u += block) {
      const simd::Windows on =
          w.On(args.in<float>(0) + image * YElements(s), u, std::min(u + block, w.rows),
               reinterpret_cast<float*>(args.task_scratch));
      simd::GemmWindows(s.in_channels, on, reinterpret_cast<const float*>(args.kept) + p.packed_at,
                        0, simd::NumPanels(s.in_channels), {dx + u * s.stride_y * row, c_step},
                        s.stride_y * row);
    }
  }

  void RunImages(const KernelArgs& args, int64_t begin, int64_t end) const {
    for (int64_t image = begin; image < end; ++image) {
      for (const PackedPhase& p : phases) RunPhase(args, p, image);
    }
  }

  Sizes s;
  std::vector<PackedPhase> phases;
  int64_t floats = 0;  // of all packed filters
  int64_t strip = 0;
};

void AddInputGrad(const Sizes& s, runtime::Kernel* kernel) {
  const auto grad = std::make_shared<const InputGrad>(s);
  const int64_t panels = simd::NumPanels(s.in_channels);
  kernel->kept_bytes = runtime::BytesOf<float>(grad->floats).value();
  runtime::ParallelOver(
      panels, static_cast<double>(FilterElements(s)) / static_cast<double>(panels) / 2,
      [grad](const KernelArgs& args, int64_t begin, int64_t end) { grad->Pack(args, begin, end); },
      kernel);
  kernel->phases.back().inputs = 1 << 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
  runtime::OverRows(
      {.count = s.batch,
       .aligned = 1,
       .cost = ImageCost(s),
       .task_scratch_bytes = runtime::BytesOf<float>(grad->strip).value()},
      [grad](const KernelArgs& args, int64_t begin, int64_t end) {
        grad->RunImages(args, begin, end);
      },
      kernel);
  kernel->phases.back().inputs = 1;
}

// The filter's gradient of some rows of y, counted through all images.
void FilterGradRows(const Sizes& s, const ImageWindows& w, const KernelArgs& args, int64_t begin,
                    int64_t end, float* strip, float* sum) {
  const int64_t block = w.RowsOfBlock(), piece = w.taps_x * w.channels * s.out_channels;
  for (bool add = false; begin < end; add = true) {
    const int64_t image = begin / w.rows, first = begin % w.rows;
    const int64_t count = std::min({block, end - begin, w.rows - first});
    simd::Windows on = w.On(args.in<float>(0) + image * XElements(s), first, first + count, strip);
    for (int64_t i = 0; i < w.taps_y; ++i, on.data += on.segment_step) {
      simd::GemmTransposedWindows(s.out_channels, on,
                                  args.in<float>(1) + begin * s.out_width * s.out_channels,
                                  {sum + i * piece, s.out_channels, add});
    }
    begin += count;
  }
}

// Shards of rows of y, whose sums are added in their order.
void AddFilterGrad(const Sizes& s, runtime::Kernel* kernel) {
  const ImageWindows w = ForwardWindows(s);
  const int64_t rows = s.batch * w.rows, size = FilterElements(s);
  const int shards = CountShards(Kind::kFilterGrad, s, rows);
  const int64_t strip = w.StripElements(w.RowsOfBlock()), sums = shards > 1 ? shards * size : 0;
  const runtime::ByteSize strips = runtime::BytesOf<float>(shards, strip);
  kernel->scratch_bytes = (strips + runtime::BytesOf<float>(sums)).value();
  kernel->phases.push_back(
      {shards, [=](const KernelArgs& args, int shard) {
         float* const scratch = reinterpret_cast<float*>(args.scratch);
         const auto range = RangeOfShard(rows, shards, shard);
         FilterGradRows(s, w, args, range.begin, range.end, scratch + shard * strip,
                        shards > 1 ? scratch + shards * strip + shard * size : args.out<float>(0));
         return absl::OkStatus();
       }});
  if (shards == 1) return;
  kernel->phases.back().outputs = 0;
  AddSumPhase(shards, size, size, strips, true, kernel);
}

}  // namespace

bool MakeDirectKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  if (s.groups != 1 || s.dilation_x != 1) return false;
  // Vectors hold channels of the result. Patches serve few of them better, and large filters that
  // meet few pixels.
  constexpr int64_t kMostStride = 64;  // its square is the number of the gradient's phases
  if (kind == Kind::kInputGrad &&
      (s.dilation_y != 1 || s.in_channels < 8 || std::max(s.stride_y, s.stride_x) > kMostStride)) {
    return false;
  }
  if (kind == Kind::kFilterGrad && s.out_height * s.out_width < 64) return false;
  if (kind == Kind::kForward && IsByPanels(FilterOf(s), s.batch * s.out_height * s.out_width))
    return false;
  kernel->implementation = "direct";
  if (kind == Kind::kForward) {
    AddForward(s, kernel);
  } else if (kind == Kind::kInputGrad) {
    AddInputGrad(s, kernel);
  } else {
    AddFilterGrad(s, kernel);
  }
  return true;
}

}  // namespace dagrad::ops::conv2d_internal
