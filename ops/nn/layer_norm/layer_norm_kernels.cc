#include <cmath>

#include "dagrad/ops/nn/layer_norm/layer_norm_internal.h"
#include "dagrad/ops/nn/layer_norm/simd_rows.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::layer_norm_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

// The definition, row by row.
template <typename T>
void ReferenceRow(const Layout& l, double epsilon, const KernelArgs& args, int64_t row) {
  const T* x = args.in<T>(0) + row * l.n;
  T* y = args.out<T>(0) + row * l.n;
  const double mean = SumOf(l.n, [=](int64_t j) { return x[j]; }) / l.count();
  const auto square = [=](int64_t j) { return (x[j] - mean) * (x[j] - mean); };
  const double variance = SumOf(l.n, square) / l.count();
  const double s = 1 / std::sqrt(variance + epsilon);
  for (int64_t j = 0; j < l.n; ++j)
    y[j] = static_cast<T>((x[j] - mean) * s * args.in<T>(1)[j] + args.in<T>(2)[j]);
  args.out<T>(1)[row] = static_cast<T>(mean);
  args.out<T>(2)[row] = static_cast<T>(s);
}

// Two passes for the statistics, of which the second one also corrects the first one's rounding.
// The definition where squares of float32 vanish or overflow.
void FastRow(const Layout& l, double epsilon, const KernelArgs& args, int64_t row) {
  const float* x = args.in<float>(0) + row * l.n;
  const float shift = static_cast<float>(Moments(x, l.n, 0).first / l.count());
  const TwoSums centred = Moments(x, l.n, shift);
  const double rest = centred.first / l.count();  // mean = shift + rest
  const double spread = centred.second / l.count() - rest * rest + epsilon;
  if (!IsSafeMeanSquare(spread)) [[unlikely]]
    return ReferenceRow<float>(l, epsilon, args, row);
  const double s = 1 / std::sqrt(spread);
  const float factor = static_cast<float>(s), offset = static_cast<float>(-rest * s);
  Normalize(x, l.n, shift, factor, offset, args.in<float>(1), args.in<float>(2),
            args.out<float>(0) + row * l.n);
  args.out<float>(1)[row] = static_cast<float>(shift + rest);
  args.out<float>(2)[row] = factor;
}

template <typename Row>
void MakeRows(const Layout& l, double item_cost, double epsilon, Row row, Kernel* kernel) {
  const auto run = [l, epsilon, row](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) row(l, epsilon, args, r);
  };
  runtime::OverRows(
      {.count = l.rows, .aligned = 1, .cost = item_cost * static_cast<double>(l.n + 8)}, run,
      kernel);
}

}  // namespace

Layout LayoutOf(const KernelRequest& request) {
  const Dims& dims = request.inputs[0].dims;
  const int64_t axis = request.attr<int64_t>("axis");
  const int64_t first = axis < 0 ? axis + static_cast<int64_t>(dims.size()) : axis;
  Layout l;
  for (int64_t i = 0; i < static_cast<int64_t>(dims.size()); ++i)
    (i < first ? l.rows : l.n) *= dims[i];
  return l;
}

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  const double epsilon = request.attr<double>("epsilon");
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeRows(l, 6, epsilon, ReferenceRow<double>, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeRows(l, 6, epsilon, ReferenceRow<float>, kernel);
  } else {
    kernel->implementation = "simd";
    MakeRows(l, 2, epsilon, FastRow, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::layer_norm_internal
