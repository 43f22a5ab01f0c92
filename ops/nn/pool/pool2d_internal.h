#ifndef DAGRAD_OPS_NN_POOL_POOL2D_INTERNAL_H_
#define DAGRAD_OPS_NN_POOL_POOL2D_INTERNAL_H_

#include <algorithm>
#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/nn/pool/pool2d.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::pool2d_internal {

std::vector<AttrSpec> SharedAttrs();
AttrMap ToAttrs(const Pool2DOptions& options);
Pool2DOptions OptionsOf(const GradContext& c);
// Checks c1 to c5 and gives the shape of y.
absl::StatusOr<Shape> InferOutput(const InferContext& c, absl::string_view label, const Shape& x);

// A half-open range of rows or columns.
struct Range {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

// One axis of a window: what each output covers.
struct Axis {
  int64_t input, output, size, stride, pad;

  // Each output depends on as many inputs as every other, on which no other depends.
  bool Apart() const { return size <= stride && pad == 0 && stride * output == input; }
  // The inputs that output `o` covers, without padding. May be empty.
  Range InputsOf(int64_t o) const {
    const int64_t begin = std::max<int64_t>(o * stride - pad, 0);
    return {begin, std::max(begin, std::min(o * stride - pad + size, input))};
  }
  // The outputs that cover input `i`.
  Range OutputsOf(int64_t i) const {
    const int64_t first = i + pad - size + 1;
    const int64_t begin = first <= 0 ? 0 : (first + stride - 1) / stride;
    return {begin, std::max(begin, std::min((i + pad) / stride + 1, output))};
  }
};

struct Sizes {
  int64_t batch, channels;
  Axis y, x;  // height, width

  int64_t Input(int64_t b, int64_t iy, int64_t ix) const {
    return ((b * y.input + iy) * x.input + ix) * channels;
  }
  int64_t Output(int64_t b, int64_t oy, int64_t ox) const {
    return ((b * y.output + oy) * x.output + ox) * channels;
  }
  bool EachInOneWindow() const {
    return y.Apart() && x.Apart() && y.size == y.stride && x.size == x.stride;
  }
  double Taps() const { return 1.0 * y.size * x.size; }
};

// Of dims [batch, height, width, channels] of x and of y.
Sizes ReadSizes(const AttrMap& attrs, absl::Span<const int64_t> x, absl::Span<const int64_t> y);

// How an op over images is cut into rows (runtime::Phase::Rows): `count` of `rows` rows of its
// output's images each, which depend on the same part of the other images if `aligned`.
struct Bands {
  int64_t count, rows;
  bool aligned;
};

// Of outputs whose images have `rows` rows of `cost` elementary operations. Bands are as narrow as
// the windows let them be aligned. Where windows overlap, that is an image, unless there are fewer
// of these than are worth a shard.
Bands BandsOf(const Sizes& sizes, int64_t rows, double cost);

enum class Kind { kMax, kMaxGrad, kMaxGather, kAvg, kAvgGrad };

// As runtime::Phase::Rows::aligned has it.
inline uint32_t AllInputs(Kind kind) {
  return kind == Kind::kMaxGrad || kind == Kind::kMaxGather ? 0b11 : 0b1;
}

// Plain loops.
template <typename T>
void MakeReferenceKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// Loops over the channels inside, vectorized. One for the maxima, one for the averages.
template <typename T>
void MakeMaxKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
void MakeAvgKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);

Samples MakeMaxSamples();
Samples MakeMaxGradSamples();
Samples MakeMaxGatherSamples();
Samples MakeAvgSamples();
Samples MakeAvgGradSamples();

}  // namespace dagrad::ops::pool2d_internal

#endif  // DAGRAD_OPS_NN_POOL_POOL2D_INTERNAL_H_
