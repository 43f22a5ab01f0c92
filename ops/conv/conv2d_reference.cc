#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/conv/conv2d_internal.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::KernelArgs;

// The element of the input that tap `i` of output `o` meets; -1 if it is padding.
int64_t InputOf(int64_t o, int64_t i, int64_t stride, int64_t dilation, int64_t begin,
                int64_t input) {
  const int64_t at = o * stride + i * dilation - begin;
  return at >= 0 && at < input ? at : -1;
}

// The output whose tap `i` meets input element `at`; -1 if there is none.
int64_t OutputOf(int64_t at, int64_t i, int64_t stride, int64_t dilation, int64_t begin,
                 int64_t output) {
  const int64_t scaled = at + begin - i * dilation;
  return scaled >= 0 && scaled % stride == 0 && scaled / stride < output ? scaled / stride : -1;
}

// Positions in the three arrays, and which taps meet which elements.
struct Index {
  explicit Index(const Sizes& sizes)
      : s(sizes), group_in(s.in_channels / s.groups), group_out(s.out_channels / s.groups) {}

  int64_t X(int64_t b, int64_t y, int64_t x) const {
    return ((b * s.height + y) * s.width + x) * s.in_channels;
  }
  int64_t Y(int64_t b, int64_t y, int64_t x) const {
    return ((b * s.out_height + y) * s.out_width + x) * s.out_channels;
  }
  int64_t F(int64_t i, int64_t j, int64_t c) const {
    return ((i * s.filter_width + j) * group_in + c) * s.out_channels;
  }
  int64_t InputY(int64_t oy, int64_t i) const {
    return InputOf(oy, i, s.stride_y, s.dilation_y, s.pad_top, s.height);
  }
  int64_t InputX(int64_t ox, int64_t j) const {
    return InputOf(ox, j, s.stride_x, s.dilation_x, s.pad_left, s.width);
  }
  int64_t OutputY(int64_t y, int64_t i) const {
    return OutputOf(y, i, s.stride_y, s.dilation_y, s.pad_top, s.out_height);
  }
  int64_t OutputX(int64_t x, int64_t j) const {
    return OutputOf(x, j, s.stride_x, s.dilation_x, s.pad_left, s.out_width);
  }

  Sizes s;
  int64_t group_in, group_out;
};

template <typename T>
T ForwardElement(const Index& at, const T* x, const T* f, int64_t b, int64_t oy, int64_t ox,
                 int64_t k) {
  const int64_t first = k / at.group_out * at.group_in;
  double sum = 0;
  for (int64_t i = 0; i < at.s.filter_height; ++i) {
    const int64_t iy = at.InputY(oy, i);
    if (iy < 0) continue;
    for (int64_t j = 0; j < at.s.filter_width; ++j) {
      const int64_t ix = at.InputX(ox, j);
      if (ix < 0) continue;
      const T* pixel = x + at.X(b, iy, ix) + first;
      const T* tap = f + at.F(i, j, 0) + k;
      for (int64_t c = 0; c < at.group_in; ++c)
        sum += double{pixel[c]} * tap[c * at.s.out_channels];
    }
  }
  return static_cast<T>(sum);
}

template <typename T>
T InputGradElement(const Index& at, const T* dy, const T* f, int64_t b, int64_t iy, int64_t ix,
                   int64_t c) {
  const int64_t first = c / at.group_in * at.group_out;
  double sum = 0;
  for (int64_t i = 0; i < at.s.filter_height; ++i) {
    const int64_t oy = at.OutputY(iy, i);
    if (oy < 0) continue;
    for (int64_t j = 0; j < at.s.filter_width; ++j) {
      const int64_t ox = at.OutputX(ix, j);
      if (ox < 0) continue;
      const T* pixel = dy + at.Y(b, oy, ox) + first;
      const T* tap = f + at.F(i, j, c % at.group_in) + first;
      for (int64_t k = 0; k < at.group_out; ++k) sum += double{pixel[k]} * tap[k];
    }
  }
  return static_cast<T>(sum);
}

template <typename T>
T FilterGradElement(const Index& at, const T* x, const T* dy, int64_t i, int64_t j, int64_t c,
                    int64_t k) {
  const int64_t channel = k / at.group_out * at.group_in + c;
  double sum = 0;
  for (int64_t b = 0; b < at.s.batch; ++b) {
    for (int64_t oy = 0; oy < at.s.out_height; ++oy) {
      const int64_t iy = at.InputY(oy, i);
      if (iy < 0) continue;
      for (int64_t ox = 0; ox < at.s.out_width; ++ox) {
        const int64_t ix = at.InputX(ox, j);
        if (ix >= 0) sum += double{x[at.X(b, iy, ix) + channel]} * dy[at.Y(b, oy, ox) + k];
      }
    }
  }
  return static_cast<T>(sum);
}

// out[row, column, channel] = element(args, row, column, channel) over `rows`, of which those of an
// image go together where there are enough images to share; 0 images: rows depend on all of them.
template <typename T, typename F>
void AddElements(int64_t rows, int64_t images, int64_t columns, int64_t channels,
                 double element_cost, F element, runtime::Kernel* kernel) {
  const double cost = element_cost * columns * channels;
  const bool by_image = images >= runtime::ShardsFor(rows, cost);
  const int64_t unit = by_image ? rows / images : 1;
  const auto run = [=](const KernelArgs& args, int64_t begin, int64_t end) {
    T* out = args.out<T>(0) + begin * unit * columns * channels;
    for (int64_t row = begin * unit; row < end * unit; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        for (int64_t channel = 0; channel < channels; ++channel) {
          *out++ = element(args, row, column, channel);
        }
      }
    }
  };
  if (!by_image) return runtime::ParallelOver(rows, cost, run, kernel);
  runtime::OverRows({.count = images, .aligned = 1, .cost = cost * unit}, run, kernel);
}

}  // namespace

template <typename T>
void MakeReferenceKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  const Index at(s);
  const double taps = 2.0 * s.filter_height * s.filter_width;
  if (kind == Kind::kForward) {
    const auto element = [at](const KernelArgs& a, int64_t row, int64_t x, int64_t k) {
      const int64_t rows = at.s.out_height;
      return ForwardElement(at, a.in<T>(0), a.in<T>(1), row / rows, row % rows, x, k);
    };
    AddElements<T>(s.batch * s.out_height, s.batch, s.out_width, s.out_channels, taps * at.group_in,
                   element, kernel);
  } else if (kind == Kind::kInputGrad) {
    const auto element = [at](const KernelArgs& a, int64_t row, int64_t x, int64_t c) {
      const int64_t rows = at.s.height;
      return InputGradElement(at, a.in<T>(0), a.in<T>(1), row / rows, row % rows, x, c);
    };
    AddElements<T>(s.batch * s.height, s.batch, s.width, s.in_channels, taps * at.group_out,
                   element, kernel);
  } else {
    const auto element = [at](const KernelArgs& a, int64_t tap, int64_t c, int64_t k) {
      const int64_t width = at.s.filter_width;
      return FilterGradElement(at, a.in<T>(0), a.in<T>(1), tap / width, tap % width, c, k);
    };
    AddElements<T>(s.filter_height * s.filter_width, 0, at.group_in, s.out_channels,
                   2.0 * s.batch * s.out_height * s.out_width, element, kernel);
  }
}

template void MakeReferenceKernel<float>(Kind, const Sizes&, runtime::Kernel*);
template void MakeReferenceKernel<double>(Kind, const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::conv2d_internal
