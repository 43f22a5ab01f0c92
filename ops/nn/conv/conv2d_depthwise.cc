#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/depthwise_loops.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;
using runtime::RangeOfShard;

// One axis of the window. A result's element (the target) is made from elements of the source,
// another one for each of the filter's taps: y from x, or x's cotangent from y's.
struct Axis {
  int64_t in, out, size, stride, dilation, pad;
};

// The taps that lie in the source: `count`, the first of which is tap `tap` at `source`.
struct Taps {
  int64_t source = 0, tap = 0, count = 0;
};

// Of neighbouring taps in Taps.
struct TapSteps {
  int64_t source, tap;
};

// Targets first, first + step, …, which all have the same taps; the source moves by source_step.
struct Run {
  int64_t first, count, step, source_step;
  Taps taps;
};

int64_t Source(bool input_grad, const Axis& a, int64_t target, int64_t tap) {
  if (!input_grad) return target * a.stride + tap * a.dilation - a.pad;
  const int64_t out = target + a.pad - tap * a.dilation;
  return out % a.stride == 0 ? out / a.stride : -1;
}

Taps TapsOf(bool input_grad, const Axis& a, int64_t target) {
  Taps taps;
  for (int64_t tap = 0; tap < a.size; ++tap) {
    const int64_t source = Source(input_grad, a, target, tap);
    if (source < 0 || source >= (input_grad ? a.out : a.in)) continue;
    if (taps.count++ == 0) {
      taps.tap = tap;
      taps.source = source;
    }
  }
  return taps;
}

TapSteps StepsOf(bool input_grad, const Axis& a) {
  if (!input_grad) return {a.dilation, 1};
  const int64_t tap = a.stride / std::gcd(a.stride, a.dilation);
  return {-tap * a.dilation / a.stride, tap};
}

// Of all targets of an axis. Those of an input's gradient have the taps of their neighbours a
// stride away.
std::vector<Run> RunsOf(bool input_grad, const Axis& a) {
  const int64_t step = input_grad ? a.stride : 1, targets = input_grad ? a.in : a.out;
  std::vector<Run> runs;
  for (int64_t start = 0; start < std::min(step, targets); ++start) {
    for (int64_t target = start; target < targets; target += step) {
      const Taps taps = TapsOf(input_grad, a, target);
      const bool goes_on = target > start && runs.back().taps.tap == taps.tap &&
                           runs.back().taps.count == taps.count;
      if (goes_on) {
        ++runs.back().count;
      } else {
        runs.push_back({target, 1, step, input_grad ? 1 : a.stride, taps});
      }
    }
  }
  return runs;
}

// What all rows of images share.
struct Plan {
  Plan(Kind k, const Sizes& s)
      : kind(k),
        channels(s.in_channels),
        filter_width(s.filter_width),
        filter_size(s.filter_height * s.filter_width * s.in_channels) {
    const bool grad = kind == Kind::kInputGrad;
    const Axis y = {s.height, s.out_height, s.filter_height, s.stride_y, s.dilation_y, s.pad_top};
    const Axis x = {s.width, s.out_width, s.filter_width, s.stride_x, s.dilation_x, s.pad_left};
    height = grad ? s.height : s.out_height;
    width = grad ? s.width : s.out_width;
    source_height = grad ? s.out_height : s.height;
    source_width = grad ? s.out_width : s.width;
    for (int64_t row = 0; row < height; ++row) rows.push_back(TapsOf(grad, y, row));
    row_steps = StepsOf(grad, y);
    columns = RunsOf(grad, x);
    column_steps = StepsOf(grad, x);
  }

  // Calls f(run, offset in the source, in the filter, in the target) for the runs of a row of all
  // images' rows.
  template <typename F>
  void ForRuns(int64_t row, F f) const {
    const Taps& taps = rows[row % height];
    const int64_t source = row / height * source_height + taps.source;
    for (const Run& c : columns) {
      const DepthwiseRun run = {
          .count = c.count,
          .rows = taps.count,
          .columns = c.taps.count,
          .source = {c.source_step * channels, row_steps.source * source_width * channels,
                     column_steps.source * channels},
          .filter = {0, row_steps.tap * filter_width * channels, column_steps.tap * channels},
          .target_step = c.step * channels};
      f(run, (source * source_width + c.taps.source) * channels,
        (taps.tap * filter_width + c.taps.tap) * channels, (row * width + c.first) * channels);
    }
  }

  Kind kind;
  int64_t channels, filter_width, filter_size;
  int64_t height, width, source_height, source_width;
  std::vector<Taps> rows;
  std::vector<Run> columns;
  TapSteps row_steps, column_steps;
};

// Images are the rows where there are enough to share, else their rows.
void AddRows(std::shared_ptr<const Plan> plan, const Sizes& s, runtime::Kernel* kernel) {
  constexpr int64_t kEnough = 8;
  const bool by_image = s.batch >= kEnough;
  const int64_t unit = by_image ? plan->height : 1;  // rows of images in a row of the phase
  const auto run = [plan, unit](const KernelArgs& args, int64_t begin, int64_t end) {
    const float* const source = args.in<float>(0);
    const float* const filter = args.in<float>(1);
    float* const target = args.out<float>(0);
    for (int64_t row = begin * unit; row < end * unit; ++row) {
      plan->ForRuns(row, [&](const DepthwiseRun& r, int64_t at, int64_t tap, int64_t to) {
        DepthwiseForward(r, plan->channels, source + at, filter + tap, target + to);
      });
    }
  };
  runtime::OverRows(
      {.count = s.batch * plan->height / unit,
       .aligned = by_image ? 1U : 0U,
       .cost = ImageCost(s) * static_cast<double>(unit) / static_cast<double>(plan->height)},
      run, kernel);
}

// Partial gradients, one for each shard of the rows of images, stand in scratch until they are
// added; they must not outweigh the images.
int ShardsOfFilterGrad(const Plan& plan, const Sizes& s) {
  const double images =
      1.0 * s.batch * plan.channels * (s.height * s.width + s.out_height * s.out_width);
  const double most = std::min({16.0, 1.0 * s.batch * plan.height, 1 + images / plan.filter_size});
  return static_cast<int>(std::clamp(Seconds(s) / 16e-6, 1.0, most));
}

void AddFilterGrad(std::shared_ptr<const Plan> plan, const Sizes& s, runtime::Kernel* kernel) {
  const int shards = ShardsOfFilterGrad(*plan, s);
  const int64_t rows = s.batch * plan->height, size = plan->filter_size;
  if (shards > 1) kernel->scratch_bytes = runtime::BytesOf<float>(shards, size).value();
  kernel->phases.push_back(
      {shards, [plan, rows, shards, size](const KernelArgs& args, int shard) {
         float* const sums = shards > 1 ? reinterpret_cast<float*>(args.scratch) + shard * size
                                        : args.out<float>(0);
         std::fill_n(sums, size, 0.0f);
         const auto range = RangeOfShard(rows, shards, shard);
         for (int64_t row = range.begin; row < range.end; ++row) {
           plan->ForRuns(row, [&](const DepthwiseRun& r, int64_t at, int64_t tap, int64_t to) {
             DepthwiseFilterGrad(r, plan->channels, args.in<float>(0) + at, args.in<float>(1) + to,
                                 sums + tap);
           });
         }
         return absl::OkStatus();
       }});
  if (shards == 1) return;
  kernel->phases.back().outputs = 0;
  AddSumPhase(shards, size, size, {}, true, kernel);
}

}  // namespace

// Measured on one core (Zen 4, AVX-512), a filter of 3 x 3, in µs for forward, input's and filter's
// gradient:
//   image, stride, batch | these loops           | oneDNN
//   112² · 32, 1, 1      |   94    93    93      |  105    97    99
//   112² · 96, 2, 1      |   94   134    98      |  103   143   112
//   56² · 144, 1, 1      |  103   105   104      |  115   110   125
//   14² · 384, 1, 8      |  153   160   173      |  162   167   160
//   7² · 960, 1, 8       |  119   119   137      |   89   216   110
// (78 GF/s at most; the processor can do 115.) And oneDNN gives an image to one thread only, wants
// its own layout of the filter, and for some numbers of channels has nothing.
bool MakeDepthwiseKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  if (s.groups != s.in_channels || s.groups != s.out_channels) return false;
  // Plan() looks at each tap of each row and column.
  constexpr int64_t kMostTaps = 1 << 24;
  if (std::max(s.height, s.out_height) * s.filter_height +
          std::max(s.width, s.out_width) * s.filter_width >
      kMostTaps) {
    return false;
  }
  const auto plan = std::make_shared<const Plan>(kind, s);
  kernel->implementation = "depthwise";
  if (kind == Kind::kFilterGrad) {
    AddFilterGrad(plan, s, kernel);
  } else {
    AddRows(plan, s, kernel);
  }
  return true;
}

}  // namespace dagrad::ops::conv2d_internal
