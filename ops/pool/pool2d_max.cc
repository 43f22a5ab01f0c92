#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "dagrad/ops/pool/pool2d_internal.h"

namespace dagrad::ops::pool2d_internal {
namespace {

using runtime::KernelArgs;

// Channels are taken in pieces whose running maxima stay in the first-level cache.
constexpr int64_t kPiece = 64;

// One output element: the image, and the rows and columns that its window covers.
struct WindowAt {
  int64_t image;
  Range rows, columns;
  bool empty() const { return rows.size() == 0 || columns.size() == 0; }
};

// The running first maximum of up to kPiece channels, and which element of the window it is.
template <typename T>
struct FirstMax {
  // As wide as T, so that the loops vectorize.
  using Index = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  T value[kPiece];
  Index where[kPiece];

  void Start(const T* x, int64_t n) {
    std::copy_n(x, n, value);
    std::fill_n(where, n, Index{0});
  }
  void Take(const T* x, int64_t n, Index element) {
    for (int64_t c = 0; c < n; ++c) {
      // Greater, or the first NaN.
      const bool wins = (x[c] > value[c]) | ((x[c] != x[c]) & (value[c] == value[c]));
      value[c] = wins ? x[c] : value[c];
      where[c] = wins ? element : where[c];
    }
  }
};

// Calls f(element of the window, offset of its pixel in the images).
template <typename F>
void ForEachElement(const Sizes& s, const WindowAt& w, F f) {
  int64_t element = 0;
  for (int64_t iy = w.rows.begin; iy < w.rows.end; ++iy) {
    for (int64_t ix = w.columns.begin; ix < w.columns.end; ++ix)
      f(element++, s.Input(w.image, iy, ix));
  }
}

template <typename T>
void FindMax(const Sizes& s, const WindowAt& w, const T* x, int64_t channel, int64_t n,
             FirstMax<T>* max) {
  ForEachElement(s, w, [&](int64_t element, int64_t pixel) {
    if (element == 0) {
      max->Start(x + pixel + channel, n);
    } else {
      max->Take(x + pixel + channel, n, static_cast<typename FirstMax<T>::Index>(element));
    }
  });
}

// Calls f(window, offset of its output) for the outputs of row `row` of all images' rows.
template <typename F>
void ForEachWindow(const Sizes& s, int64_t row, F f) {
  const int64_t image = row / s.y.output, oy = row % s.y.output;
  for (int64_t ox = 0; ox < s.x.output; ++ox) {
    f(WindowAt{image, s.y.InputsOf(oy), s.x.InputsOf(ox)}, s.Output(image, oy, ox));
  }
}

template <typename T>
void MaxRow(const Sizes& s, const T* x, int64_t row, T* y) {
  ForEachWindow(s, row, [&](const WindowAt& w, int64_t out) {
    T* const best = y + out;
    if (w.empty()) std::fill_n(best, s.channels, -std::numeric_limits<T>::infinity());
    ForEachElement(s, w, [&](int64_t element, int64_t pixel) {
      const T* const v = x + pixel;
      if (element == 0) {
        std::copy_n(v, s.channels, best);
        return;
      }
      for (int64_t c = 0; c < s.channels; ++c) {
        const bool wins = (v[c] > best[c]) | ((v[c] != v[c]) & (best[c] == best[c]));
        best[c] = wins ? v[c] : best[c];
      }
    });
  });
}

template <typename T>
void GatherRow(const Sizes& s, const T* x, const T* u, int64_t row, T* y) {
  FirstMax<T> max;
  ForEachWindow(s, row, [&](const WindowAt& w, int64_t out) {
    if (w.empty()) std::fill_n(y + out, s.channels, T{0});
    for (int64_t first = 0; first < s.channels && !w.empty(); first += kPiece) {
      const int64_t n = std::min(kPiece, s.channels - first);
      FindMax(s, w, x, first, n, &max);
      T* const to = y + out + first;
      ForEachElement(s, w, [&](int64_t element, int64_t pixel) {
        const T* const from = u + pixel + first;
        for (int64_t c = 0; c < n; ++c) to[c] = max.where[c] == element ? from[c] : to[c];
      });
    }
  });
}

// Adds the cotangents of a row of outputs to dx.
template <typename T>
void AddGradOfRow(const Sizes& s, const T* x, const T* dy, int64_t row, T* dx) {
  FirstMax<T> max;
  ForEachWindow(s, row, [&](const WindowAt& w, int64_t out) {
    for (int64_t first = 0; first < s.channels && !w.empty(); first += kPiece) {
      const int64_t n = std::min(kPiece, s.channels - first);
      FindMax(s, w, x, first, n, &max);
      const T* const from = dy + out + first;
      ForEachElement(s, w, [&](int64_t element, int64_t pixel) {
        T* const to = dx + pixel + first;
        for (int64_t c = 0; c < n; ++c) to[c] += max.where[c] == element ? from[c] : T{0};
      });
    }
  });
}

// Input rows from here to the next output row's belong to output row oy, where windows do not
// overlap.
int64_t FirstOwnRow(const Sizes& s, int64_t oy) {
  if (oy == 0) return 0;
  return oy == s.y.output ? s.y.input
                          : std::clamp<int64_t>(oy * s.y.stride - s.y.pad, 0, s.y.input);
}

template <typename T>
void MakeGradKernel(const Sizes& s, runtime::Kernel* kernel) {
  // Rows of outputs are independent unless their windows overlap; images always are.
  const bool by_row = s.y.stride >= s.y.size && s.y.output > 0;
  const int64_t rows = by_row ? 1 : s.y.output;  // of a unit
  const int64_t units = by_row ? s.batch * s.y.output : s.batch;
  const double cost = 1.0 * s.y.input * s.x.input * s.channels +
                      2 * s.Taps() * s.y.output * s.x.output * s.channels;
  runtime::ParallelOver(
      units, cost * s.batch / units / 2,
      [s, by_row, rows](const KernelArgs& args, int64_t begin, int64_t end) {
        T* const dx = args.out<T>(0);
        for (int64_t unit = begin; unit < end; ++unit) {
          const int64_t image = by_row ? unit / s.y.output : unit,
                        oy = by_row ? unit % s.y.output : 0;
          const int64_t from = FirstOwnRow(s, oy), to = by_row ? FirstOwnRow(s, oy + 1) : s.y.input;
          std::fill(dx + s.Input(image, from, 0), dx + s.Input(image, to, 0), T{0});
          for (int64_t r = 0; r < rows; ++r) {
            AddGradOfRow(s, args.in<T>(0), args.in<T>(1), unit * rows + r, dx);
          }
        }
      },
      kernel);
}

}  // namespace

template <typename T>
void MakeMaxKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  kernel->implementation = "simd";
  if (kind == Kind::kMaxGrad) return MakeGradKernel<T>(s, kernel);
  const bool gather = kind == Kind::kMaxGather;
  runtime::ParallelOver(
      s.batch * s.y.output, (gather ? 1.0 : 0.5) * s.Taps() * s.x.output * s.channels,
      [s, gather](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          if (gather) {
            GatherRow(s, args.in<T>(0), args.in<T>(1), row, args.out<T>(0));
          } else {
            MaxRow(s, args.in<T>(0), row, args.out<T>(0));
          }
        }
      },
      kernel);
}

template void MakeMaxKernel<float>(Kind, const Sizes&, runtime::Kernel*);
template void MakeMaxKernel<double>(Kind, const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::pool2d_internal
