#include <algorithm>
#include <cstdint>

#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::pool2d_internal {
namespace {

using runtime::KernelArgs;

constexpr int64_t kPiece = 64;  // channels at a time
constexpr int64_t kRun = 64;    // pixels of a row that are summed by themselves

// Mean over `rows` x `columns` of `n` channels of an image from `x` on. Runs of each row are summed
// by themselves, so the error grows with their number, not with that of the pixels. Sums are of
// type Sum.
template <typename Sum>
void Mean(const Sizes& s, const float* x, Range rows, Range columns, int64_t n, float* y) {
  Sum run_sum[kPiece], sum[kPiece] = {};
  for (int64_t iy = rows.begin; iy < rows.end; ++iy) {
    const float* const row = x + s.Input(0, iy, 0);
    for (int64_t begin = columns.begin; begin < columns.end; begin += kRun) {
      std::fill_n(run_sum, n, Sum(0));
      for (int64_t ix = begin; ix < std::min(columns.end, begin + kRun); ++ix) {
        const float* const pixel = row + ix * s.channels;
        for (int64_t c = 0; c < n; ++c) run_sum[c] += pixel[c];
      }
      for (int64_t c = 0; c < n; ++c) sum[c] += run_sum[c];
    }
  }
  const int64_t count = std::max<int64_t>(rows.size() * columns.size(), 1);
  const Sum scale = Sum(1) / static_cast<Sum>(count);
  for (int64_t c = 0; c < n; ++c) y[c] = static_cast<float>(sum[c] * scale);
}

// One row of y. The mean may fit into float32 where its sum does not.
template <typename Sum>
void MeanRow(const Sizes& s, const float* x, int64_t row, float* y) {
  const int64_t image = row / s.y.output, oy = row % s.y.output;
  for (int64_t ox = 0; ox < s.x.output; ++ox) {
    for (int64_t first = 0; first < s.channels; first += kPiece) {
      const int64_t n = std::min(kPiece, s.channels - first);
      const float* const from = x + s.Input(image, 0, 0) + first;
      float* const to = y + s.Output(image, oy, ox) + first;
      Mean<Sum>(s, from, s.y.InputsOf(oy), s.x.InputsOf(ox), n, to);
    }
  }
}

// dx of one row of an image: gathers from the outputs that cover each element.
void GradRow(const Sizes& s, const float* dy, int64_t row, float* dx) {
  const int64_t image = row / s.y.input, iy = row % s.y.input;
  const Range rows = s.y.OutputsOf(iy);
  for (int64_t ix = 0; ix < s.x.input; ++ix) {
    float* const to = dx + s.Input(image, iy, ix);
    std::fill_n(to, s.channels, 0.0f);
    const Range columns = s.x.OutputsOf(ix);
    for (int64_t oy = rows.begin; oy < rows.end; ++oy) {
      for (int64_t ox = columns.begin; ox < columns.end; ++ox) {
        const float scale =
            1.0f / static_cast<float>(s.y.InputsOf(oy).size() * s.x.InputsOf(ox).size());
        const float* const from = dy + s.Output(image, oy, ox);
        for (int64_t c = 0; c < s.channels; ++c) to[c] += from[c] * scale;
      }
    }
  }
}

}  // namespace

void MakeAvgKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  kernel->implementation = "simd";
  const bool grad = kind == Kind::kAvgGrad;
  const double outputs = s.Taps() * s.y.output * s.x.output * s.channels;
  const int64_t rows = grad ? s.y.input : s.y.output;
  const double cost = (outputs / std::max<int64_t>(rows, 1) + s.x.input * s.channels) / 2;
  const Bands bands = BandsOf(s, rows, cost);
  runtime::OverRows(
      {.count = bands.count, .aligned = bands.aligned, .cost = cost * bands.rows},
      [s, grad, each = bands.rows](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin * each; row < end * each; ++row) {
          if (grad) {
            GradRow(s, args.in<float>(0), row, args.out<float>(0));
          } else {
            MeanRow<float>(s, args.in<float>(0), row, args.out<float>(0));
            const int64_t n = s.x.output * s.channels;
            if (AreFinite(args.out<float>(0) + row * n, n)) continue;
            MeanRow<double>(s, args.in<float>(0), row, args.out<float>(0));
          }
        }
      },
      kernel);
}

}  // namespace dagrad::ops::pool2d_internal
