#include <cmath>
#include <limits>

#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::pool2d_internal {
namespace {

using runtime::KernelArgs;

// Offset of the first maximum of the window of output (oy, ox) in channel c of image b; -1 for an
// empty window.
template <typename T>
int64_t FirstMaximum(const Sizes& s, const T* x, int64_t b, int64_t oy, int64_t ox, int64_t c) {
  int64_t best = -1;
  const Range rows = s.y.InputsOf(oy), columns = s.x.InputsOf(ox);
  for (int64_t iy = rows.begin; iy < rows.end; ++iy) {
    for (int64_t ix = columns.begin; ix < columns.end; ++ix) {
      const int64_t at = s.Input(b, iy, ix) + c;
      if (best < 0 || x[at] > x[best] || (std::isnan(x[at]) && !std::isnan(x[best]))) best = at;
    }
  }
  return best;
}

template <typename T>
T Average(const Sizes& s, const T* x, int64_t b, int64_t oy, int64_t ox, int64_t c) {
  const Range rows = s.y.InputsOf(oy), columns = s.x.InputsOf(ox);
  CompensatedSum sum;
  for (int64_t iy = rows.begin; iy < rows.end; ++iy) {
    const T* row = x + s.Input(b, iy, columns.begin) + c;
    sum += SumOf(columns.size(), [=](int64_t i) { return row[i * s.channels]; });
  }
  const int64_t count = rows.size() * columns.size();
  return count == 0 ? T{0} : static_cast<T>(static_cast<double>(sum) / count);
}

// Calls f(oy, ox, c, offset) for every output of image b.
template <typename F>
void ForEachOutput(const Sizes& s, int64_t b, F f) {
  for (int64_t oy = 0; oy < s.y.output; ++oy) {
    for (int64_t ox = 0; ox < s.x.output; ++ox) {
      for (int64_t c = 0; c < s.channels; ++c) f(oy, ox, c, s.Output(b, oy, ox) + c);
    }
  }
}

template <typename T>
void ForwardImage(Kind kind, const Sizes& s, const KernelArgs& args, int64_t b) {
  const T* const x = args.in<T>(0);
  const T* const picked = kind == Kind::kMaxGather ? args.in<T>(1) : x;
  const T nothing = kind == Kind::kMax ? -std::numeric_limits<T>::infinity() : T{0};
  T* const y = args.out<T>(0);
  ForEachOutput(s, b, [&](int64_t oy, int64_t ox, int64_t c, int64_t out) {
    if (kind == Kind::kAvg) {
      y[out] = Average(s, x, b, oy, ox, c);
    } else {
      const int64_t at = FirstMaximum(s, x, b, oy, ox, c);
      y[out] = at < 0 ? nothing : picked[at];
    }
  });
}

template <typename T>
void MaxGradImage(const Sizes& s, const KernelArgs& args, int64_t b) {
  T* const dx = args.out<T>(0);
  std::fill(dx + s.Input(b, 0, 0), dx + s.Input(b + 1, 0, 0), T{0});
  ForEachOutput(s, b, [&](int64_t oy, int64_t ox, int64_t c, int64_t out) {
    const int64_t at = FirstMaximum(s, args.in<T>(0), b, oy, ox, c);
    if (at >= 0) dx[at] += args.in<T>(1)[out];
  });
}

template <typename T>
void AvgGradImage(const Sizes& s, const KernelArgs& args, int64_t b) {
  T* const dx = args.out<T>(0);
  std::fill(dx + s.Input(b, 0, 0), dx + s.Input(b + 1, 0, 0), T{0});
  ForEachOutput(s, b, [&](int64_t oy, int64_t ox, int64_t c, int64_t out) {
    const Range rows = s.y.InputsOf(oy), columns = s.x.InputsOf(ox);
    const T share = args.in<T>(0)[out] / static_cast<T>(rows.size() * columns.size());
    for (int64_t iy = rows.begin; iy < rows.end; ++iy) {
      for (int64_t ix = columns.begin; ix < columns.end; ++ix) dx[s.Input(b, iy, ix) + c] += share;
    }
  });
}

}  // namespace

template <typename T>
void MakeReferenceKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  const double cost = 2 * s.Taps() * s.y.output * s.x.output * s.channels;
  runtime::OverRows(
      {.count = s.batch, .aligned = AllInputs(kind), .cost = cost},
      [kind, s](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          if (kind == Kind::kMaxGrad) {
            MaxGradImage<T>(s, args, b);
          } else if (kind == Kind::kAvgGrad) {
            AvgGradImage<T>(s, args, b);
          } else {
            ForwardImage<T>(kind, s, args, b);
          }
        }
      },
      kernel);
}

template void MakeReferenceKernel<float>(Kind, const Sizes&, runtime::Kernel*);
template void MakeReferenceKernel<double>(Kind, const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::pool2d_internal
