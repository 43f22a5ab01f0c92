#include <algorithm>
#include <cmath>
#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/runtime/byte_size.h"

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
      if (std::isnan(sum)) return static_cast<T>(sum);
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
      if (std::isnan(sum)) return static_cast<T>(sum);
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
        if (std::isnan(sum)) return static_cast<T>(sum);
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

// f(args, row, column, channel) of an element of the result, whose rows are lines of the images or
// taps.
template <typename T, typename F>
void WithElements(Kind kind, const Index& at, F f) {
  if (kind == Kind::kForward) {
    f(at.s.batch * at.s.out_height, at.s.out_width, at.s.out_channels,
      [at](const KernelArgs& a, int64_t row, int64_t x, int64_t k) {
        const int64_t rows = at.s.out_height;
        return ForwardElement(at, a.in<T>(0), a.in<T>(1), row / rows, row % rows, x, k);
      });
  } else if (kind == Kind::kInputGrad) {
    f(at.s.batch * at.s.height, at.s.width, at.s.in_channels,
      [at](const KernelArgs& a, int64_t row, int64_t x, int64_t c) {
        const int64_t rows = at.s.height;
        return InputGradElement(at, a.in<T>(0), a.in<T>(1), row / rows, row % rows, x, c);
      });
  } else {
    f(at.s.filter_height * at.s.filter_width, at.group_in, at.s.out_channels,
      [at](const KernelArgs& a, int64_t tap, int64_t c, int64_t k) {
        const int64_t width = at.s.filter_width;
        return FilterGradElement(at, a.in<T>(0), a.in<T>(1), tap / width, tap % width, c, k);
      });
  }
}

// Results [begin, end) along an axis meet no padding.
struct Inner {
  int64_t begin, end;
};
Inner InnerOf(Kind kind, int64_t input, int64_t output, int64_t filter, int64_t stride,
              int64_t dilation, int64_t padding) {
  const int64_t reach = (filter - 1) * dilation;
  if (kind == Kind::kForward) {
    const int64_t last = input - 1 + padding - reach;
    return {(padding + stride - 1) / stride, last < 0 ? 0 : std::min(output, last / stride + 1)};
  }
  return {std::max<int64_t>(reach - padding, 0),
          std::min(input, (output - 1) * stride - padding + 1)};
}

// A loop that compilers make vectors of, so that to look takes next to no time.
bool HasNaN(const float* p, int64_t n) {
  int found = 0;
  for (int64_t i = 0; i < n; ++i) found |= p[i] != p[i] ? 1 : 0;
  return found != 0;
}

// `run` takes any range of `lines` of what the kernel has made, with both inputs: at once where the
// last phase goes by whole lines. `copied`: elements of the second input that the first phase
// copies where it alone reads them.
template <typename F>
void FinishLines(int64_t lines, double cost, int64_t copied, F run, runtime::Kernel* kernel) {
  runtime::Phase last = kernel->phases.back();
  const bool by_rows = last.rows != nullptr && lines % last.rows->count == 0;
  if (last.Reads(1) || !kernel->phases.front().kept) copied = 0;
  const size_t offset = runtime::ByteSize(kernel->kept_bytes).Aligned().value();
  const auto with_copy = [=](const KernelArgs& args, int64_t begin, int64_t end) {
    const void* const inputs[] = {args.inputs[0], copied > 0 ? args.kept + offset : args.inputs[1]};
    run({inputs, args.outputs}, begin, end);
  };
  if (copied > 0)
    kernel->kept_bytes = (runtime::ByteSize(offset) + runtime::BytesOf<float>(copied)).value();
  const uint32_t inputs = copied > 0 ? 1 : 3;
  if (last.rows != nullptr) {
    kernel->phases.pop_back();
    kernel->scratch_bytes = kernel->shared_scratch_bytes;
    runtime::Phase::Rows rows = *last.rows;
    if (by_rows) {
      const int64_t of_row = lines / rows.count;
      rows.run = [=, convolve = rows.run](const KernelArgs& args, int64_t begin, int64_t end) {
        DAGRAD_RETURN_IF_ERROR(convolve(args, begin, end));
        with_copy(args, begin * of_row, end * of_row);
        return absl::OkStatus();
      };
    }
    runtime::AddRows(std::move(rows), kernel);
    kernel->phases.back().inputs = last.inputs | (by_rows ? inputs : 0);
    kernel->phases.back().outputs = last.outputs;
  }
  if (!by_rows) {
    runtime::ParallelOver(lines, cost, with_copy, kernel);
    kernel->phases.back().inputs = inputs;
  }
  if (copied == 0) return;
  runtime::Phase& first = kernel->phases.front();  // it prepares the second input
  first.run = [=, shards = first.shards, prepare = first.run](const KernelArgs& args, int shard) {
    const runtime::ShardRange range = runtime::RangeOfShard(copied, shards, shard);
    std::copy(args.in<float>(1) + range.begin, args.in<float>(1) + range.end,
              reinterpret_cast<float*>(args.kept + offset) + range.begin);
    return prepare(args, shard);
  };
}

}  // namespace

template <typename T>
void MakeReferenceKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  const Index at(s);
  const double taps = 2.0 * s.filter_height * s.filter_width;
  const double products = kind == Kind::kForward     ? taps * at.group_in
                          : kind == Kind::kInputGrad ? taps * at.group_out
                                                     : 2.0 * s.batch * s.out_height * s.out_width;
  const int64_t images = kind == Kind::kFilterGrad ? 0 : s.batch;
  WithElements<T>(kind, at, [&](int64_t rows, int64_t columns, int64_t channels, auto element) {
    AddElements<T>(rows, images, columns, channels, products, element, kernel);
  });
}

void MendPadding(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  const Inner y =
      InnerOf(kind, s.height, s.out_height, s.filter_height, s.stride_y, s.dilation_y, s.pad_top);
  const Inner x =
      InnerOf(kind, s.width, s.out_width, s.filter_width, s.stride_x, s.dilation_x, s.pad_left);
  const int64_t height = kind == Kind::kForward ? s.out_height : s.height;
  const Index at(s);
  const int64_t width = kind == Kind::kForward ? s.out_width : s.width;
  if (y.begin <= 0 && x.begin <= 0 && y.end >= height && x.end >= width) return;
  WithElements<float>(kind, at, [&](int64_t rows, int64_t columns, int64_t channels, auto element) {
    const auto run = [=](const KernelArgs& args, int64_t begin, int64_t end) {
      const auto mend = [&](int64_t row, int64_t first, int64_t last) {
        float* const out = args.out<float>(0) + (row * columns + first) * channels;
        const int64_t n = (last - first) * channels;
        if (!HasNaN(out, n)) return;
        for (int64_t i = 0; i < n; ++i) {
          if (std::isnan(out[i])) out[i] = element(args, row, first + i / channels, i % channels);
        }
      };
      for (int64_t row = begin; row < end; ++row) {
        const bool inner = row % height >= y.begin && row % height < y.end;
        const int64_t stop = inner ? std::min(x.begin, columns) : columns;
        mend(row, 0, stop);
        mend(row, std::max(x.end, stop), columns);
      }
    };
    FinishLines(rows, static_cast<double>(columns * channels),
                kind == Kind::kInputGrad ? FilterElements(s) : 0, run, kernel);
  });
}

template void MakeReferenceKernel<float>(Kind, const Sizes&, runtime::Kernel*);
template void MakeReferenceKernel<double>(Kind, const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::conv2d_internal
