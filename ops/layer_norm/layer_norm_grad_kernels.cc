#include <algorithm>

#include "dagrad/ops/layer_norm/layer_norm_internal.h"
#include "dagrad/ops/layer_norm/row_sums.h"

namespace dagrad::ops::layer_norm_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

enum Input { kX, kGamma, kMean, kInverseStddev, kDy };
enum Output { kDx, kDGamma, kDBeta };
constexpr uint32_t kByRow = 1 << kX | 1 << kMean | 1 << kInverseStddev | 1 << kDy;

// dx of one row, by the definition.
template <typename T>
void ReferenceRow(const Layout& l, const KernelArgs& args, int64_t row) {
  const T* x = args.in<T>(kX) + row * l.n;
  const T* dy = args.in<T>(kDy) + row * l.n;
  const T* gamma = args.in<T>(kGamma);
  T* dx = args.out<T>(kDx) + row * l.n;
  const double m = args.in<T>(kMean)[row], s = args.in<T>(kInverseStddev)[row];
  double mean_g = 0, mean_gx = 0;
  for (int64_t j = 0; j < l.n; ++j) {
    mean_g += static_cast<double>(dy[j]) * gamma[j] / l.count();
    mean_gx += static_cast<double>(dy[j]) * gamma[j] * ((x[j] - m) * s) / l.count();
  }
  for (int64_t j = 0; j < l.n; ++j) {
    dx[j] = static_cast<T>(
        s * (static_cast<double>(dy[j]) * gamma[j] - mean_g - (x[j] - m) * s * mean_gx));
  }
}

void FastRow(const Layout& l, const KernelArgs& args, int64_t row) {
  const float* __restrict x = args.in<float>(kX) + row * l.n;
  const float* __restrict dy = args.in<float>(kDy) + row * l.n;
  const float* __restrict gamma = args.in<float>(kGamma);
  float* __restrict dx = args.out<float>(kDx) + row * l.n;
  const float m = args.in<float>(kMean)[row], s = args.in<float>(kInverseStddev)[row];
  const TwoSums sums = SumOverRow(l.n, [=](int64_t j, float* a, float* b) {
    const float g = dy[j] * gamma[j];
    *a = g;
    *b = g * ((x[j] - m) * s);
  });
  const float mean_g = static_cast<float>(sums.first / l.count());
  const float mean_gx = static_cast<float>(sums.second / l.count());
  for (int64_t j = 0; j < l.n; ++j)
    dx[j] = s * (dy[j] * gamma[j] - mean_g - (x[j] - m) * s * mean_gx);
}

constexpr int64_t kColumns = 64;    // of a block, whose sums stay on the stack
constexpr int64_t kBlockRows = 32;  // that are summed in T before the sum goes into a float64

// dgamma and dbeta of columns begin … begin + width - 1, over all rows in order.
template <typename T>
void ColumnSums(const Layout& l, const KernelArgs& args, int64_t begin, int64_t width) {
  double dgamma[kColumns] = {}, dbeta[kColumns] = {};
  for (int64_t block = 0; block < l.rows; block += kBlockRows) {
    T block_dgamma[kColumns] = {}, block_dbeta[kColumns] = {};
    for (int64_t r = block; r < std::min(l.rows, block + kBlockRows); ++r) {
      const T* x = args.in<T>(kX) + r * l.n + begin;
      const T* dy = args.in<T>(kDy) + r * l.n + begin;
      const T m = args.in<T>(kMean)[r], s = args.in<T>(kInverseStddev)[r];
      for (int64_t k = 0; k < width; ++k) {
        block_dgamma[k] += dy[k] * ((x[k] - m) * s);
        block_dbeta[k] += dy[k];
      }
    }
    for (int64_t k = 0; k < width; ++k) dgamma[k] += block_dgamma[k];
    for (int64_t k = 0; k < width; ++k) dbeta[k] += block_dbeta[k];
  }
  for (int64_t k = 0; k < width; ++k) {
    args.out<T>(kDGamma)[begin + k] = static_cast<T>(dgamma[k]);
    args.out<T>(kDBeta)[begin + k] = static_cast<T>(dbeta[k]);
  }
}

// One phase over rows for dx, one over columns for dgamma and dbeta.
template <typename T, typename Row>
void Make(const Layout& l, double item_cost, Row row, Kernel* kernel) {
  const auto rows = [l, row](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) row(l, args, r);
  };
  runtime::OverRows(
      {.count = l.rows, .aligned = kByRow, .cost = item_cost * static_cast<double>(l.n)}, rows,
      kernel);
  kernel->phases.back().outputs = 1 << kDx;
  const auto columns = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      ColumnSums<T>(l, args, b * kColumns, std::min(kColumns, l.n - b * kColumns));
    }
  };
  runtime::ParallelOver((l.n + kColumns - 1) / kColumns, static_cast<double>(l.rows * kColumns),
                        columns, kernel);
  kernel->phases.back().inputs = kByRow;
  kernel->phases.back().outputs = 1 << kDGamma | 1 << kDBeta;
}

}  // namespace

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  if (request.inputs[0].dtype == DType::kFloat64) {
    Make<double>(l, 8, ReferenceRow<double>, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    Make<float>(l, 8, ReferenceRow<float>, kernel);
  } else {
    kernel->implementation = "simd";
    Make<float>(l, 2, FastRow, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::layer_norm_internal
