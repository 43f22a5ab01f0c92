#include <algorithm>
#include <cmath>
#include <limits>

#include "dagrad/ops/nn/softmax/exp_rows.h"
#include "dagrad/ops/nn/softmax/softmax_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::softmax_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr double kExpCost = 8;  // of one element, for the number of shards

// x seen as [outer, n, inner], where n is the size of the axis.
struct Layout {
  int64_t outer = 1, n = 1, inner = 1;
};

Layout LayoutOf(const KernelRequest& request) {
  const Dims& dims = request.inputs[0].dims;
  const int rank = static_cast<int>(dims.size());
  const int64_t attr = request.attr<int64_t>("axis");
  const int axis = static_cast<int>(attr < 0 ? attr + rank : attr);
  Layout l;
  for (int i = 0; i < axis; ++i) l.outer *= dims[i];
  l.n = dims[axis];
  for (int i = axis + 1; i < rank; ++i) l.inner *= dims[i];
  return l;
}

// The definition, for n elements that lie `stride` apart.
template <bool kLog, typename T>
void ReferenceRow(const T* x, int64_t n, int64_t stride, T* y) {
  T max = -std::numeric_limits<T>::infinity();
  for (int64_t i = 0; i < n; ++i) max = std::max(max, x[i * stride]);
  const double sum = SumOf(n, [=](int64_t i) { return std::exp(x[i * stride] - max); });
  const T log_sum = static_cast<T>(std::log(sum));
  for (int64_t i = 0; i < n; ++i) {
    const T difference = x[i * stride] - max;
    y[i * stride] = kLog ? difference - log_sum : static_cast<T>(std::exp(difference) / sum);
  }
}

template <bool kLog, typename T>
void MakeReference(const Layout& l, Kernel* kernel) {
  const auto run = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t offset = r / l.inner * l.n * l.inner + r % l.inner;
      ReferenceRow<kLog>(args.in<T>(0) + offset, l.n, l.inner, args.out<T>(0) + offset);
    }
  };
  const double cost = 4 * kExpCost * l.n;
  if (l.inner == 1) {
    runtime::OverRows({.count = l.outer, .aligned = 1, .cost = cost}, run, kernel);
  } else {
    runtime::ParallelOver(l.outer * l.inner, cost, run, kernel);
  }
}

template <bool kLog>
void FastRow(const float* x, int64_t n, float* y) {
  const float max = RowMax(x, n);
  if constexpr (kLog) {
    const float log_sum = static_cast<float>(std::log(RowSumExp(x, n, max)));
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - max) - log_sum;
  } else {
    const float factor = static_cast<float>(1 / RowExpAndSum(x, n, max, y));
    for (int64_t i = 0; i < n; ++i) y[i] *= factor;
  }
}

constexpr int64_t kColumns = 64;  // of a block of columns, whose maxima and sums stay on the stack

// The axis is not the last one: `width` <= kColumns neighbouring columns at a time, rows `stride`
// apart.
template <bool kLog>
void FastColumns(const float* x, int64_t n, int64_t stride, int64_t width, float* y) {
  float max[kColumns], row[kColumns];
  double sum[kColumns];
  std::fill_n(max, width, -std::numeric_limits<float>::infinity());
  std::fill_n(sum, width, 0.0);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < width; ++k) max[k] = std::max(max[k], x[i * stride + k]);
  }
  for (int64_t i = 0; i < n; ++i) {
    float* e = kLog ? row : y + i * stride;
    for (int64_t k = 0; k < width; ++k) e[k] = x[i * stride + k] - max[k];
    RowScaledExp(e, width, 0, 1, e);
    for (int64_t k = 0; k < width; ++k) sum[k] += e[k];
  }
  for (int64_t k = 0; k < width; ++k)
    row[k] = static_cast<float>(kLog ? std::log(sum[k]) : 1 / sum[k]);
  for (int64_t i = 0; i < n; ++i) {
    float* out = y + i * stride;
    for (int64_t k = 0; k < width; ++k) {
      out[k] = kLog ? (x[i * stride + k] - max[k]) - row[k] : out[k] * row[k];
    }
  }
}

template <bool kLog>
void MakeFast(const Layout& l, Kernel* kernel) {
  kernel->implementation = "simd";
  if (l.inner == 1) {
    const auto rows = [l](const KernelArgs& args, int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        FastRow<kLog>(args.in<float>(0) + r * l.n, l.n, args.out<float>(0) + r * l.n);
      }
    };
    return runtime::OverRows({.count = l.outer, .aligned = 1, .cost = kExpCost * l.n}, rows,
                             kernel);
  }
  const int64_t blocks = (l.inner + kColumns - 1) / kColumns;
  const auto columns = [l, blocks](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t column = b % blocks * kColumns;
      const int64_t offset = b / blocks * l.n * l.inner + column;
      const int64_t width = std::min(kColumns, l.inner - column);
      FastColumns<kLog>(args.in<float>(0) + offset, l.n, l.inner, width,
                        args.out<float>(0) + offset);
    }
  };
  runtime::ParallelOver(l.outer * blocks, kExpCost * l.n * kColumns, columns, kernel);
}

template <bool kLog>
absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  if (request.outputs[0].dtype == DType::kFloat64) {
    MakeReference<kLog, double>(l, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<kLog, float>(l, kernel);
  } else {
    MakeFast<kLog>(l, kernel);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeSoftmaxKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeKernel<false>(request, kernel);
}

absl::Status MakeLogSoftmaxKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeKernel<true>(request, kernel);
}

}  // namespace dagrad::ops::softmax_internal
