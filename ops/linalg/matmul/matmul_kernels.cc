#include <algorithm>
#include <type_traits>

#include "dagrad/ops/linalg/matmul/matmul_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::ops::matmul_internal {
namespace {

using runtime::KernelArgs;

// Sums are taken in a wider or in an unsigned type: floats in float64, joined by CompensatedSum;
// integers modulo 2^64, whose low bits are those of the narrower sum, without undefined overflow.
template <typename T>
using Accumulator = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
template <typename T>
using Total = std::conditional_t<std::is_floating_point_v<T>, CompensatedSum, uint64_t>;

// y[0..n) of one row of A and a matrix b whose rows are `ldb` apart, a piece of columns at a time.
template <typename T>
void RowTimesMatrix(int64_t k, int64_t n, const T* a, int64_t a_stride, const T* b, int64_t ldb,
                    T* y) {
  constexpr int64_t kPiece = 64;
  for (int64_t first = 0; first < n; first += kPiece) {
    const int64_t size = std::min(kPiece, n - first);
    Total<T> totals[kPiece] = {};
    for (int64_t begin = 0; begin < k; begin += kPlainTerms) {
      Accumulator<T> sums[kPiece] = {};
      for (int64_t p = begin; p < std::min(k, begin + kPlainTerms); ++p) {
        const auto scale = static_cast<Accumulator<T>>(a[p * a_stride]);
        const T* const row = b + p * ldb + first;
        for (int64_t j = 0; j < size; ++j) sums[j] += scale * static_cast<Accumulator<T>>(row[j]);
      }
      for (int64_t j = 0; j < size; ++j) totals[j] += sums[j];
    }
    for (int64_t j = 0; j < size; ++j)
      y[first + j] = static_cast<T>(static_cast<Accumulator<T>>(totals[j]));
  }
}

// The same where b is stored transposed.
template <typename T>
void RowTimesTransposed(int64_t k, int64_t n, const T* a, int64_t a_stride, const T* b, int64_t ldb,
                        T* y) {
  for (int64_t j = 0; j < n; ++j) {
    const auto product = [=](int64_t p) {
      return static_cast<Accumulator<T>>(a[p * a_stride]) *
             static_cast<Accumulator<T>>(b[j * ldb + p]);
    };
    if constexpr (std::is_floating_point_v<T>) {
      y[j] = static_cast<T>(SumOf(k, product));
    } else {
      Accumulator<T> sum = 0;
      for (int64_t p = 0; p < k; ++p) sum += product(p);
      y[j] = static_cast<T>(sum);
    }
  }
}

template <typename T>
void ReferenceRow(const Geometry& g, const T* a, const T* b, int64_t i, T* y) {
  const T* const row = a + (g.transpose_a ? i : i * g.lda);
  const int64_t stride = g.transpose_a ? g.lda : 1;
  if (g.transpose_b) {
    RowTimesTransposed(g.k, g.n, row, stride, b, g.ldb, y);
  } else {
    RowTimesMatrix(g.k, g.n, row, stride, b, g.ldb, y);
  }
}

template <typename T>
void MakeReferenceKernel(const Geometry& g, runtime::Kernel* kernel) {
  runtime::ParallelOver(
      g.batch * g.m, 2.0 * g.n * g.k,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
          const int64_t item = row / g.m;
          ReferenceRow(g, args.in<T>(0) + g.AOffset(item), args.in<T>(1) + g.BOffset(item),
                       row % g.m, args.out<T>(0) + row * g.n);
        }
      },
      kernel);
}

// Strides in elements of matrices of `size` elements along the last axes of `batch`.
Dims BroadcastStrides(absl::Span<const int64_t> operand, size_t rank, int64_t size) {
  Dims strides(rank, 0);
  int64_t stride = size;
  for (size_t i = 0; i < operand.size(); ++i) {
    const int64_t dim = operand[operand.size() - 1 - i];
    if (dim != 1) strides[rank - 1 - i] = stride;
    stride *= dim;
  }
  return strides;
}

}  // namespace

int64_t Geometry::Offset(int64_t item, const Dims& strides) const {
  int64_t offset = 0;
  for (size_t i = batch_dims.size(); i-- > 0;) {
    offset += item % batch_dims[i] * strides[i];
    item /= batch_dims[i];
  }
  return offset;
}

Geometry MakeGeometry(absl::Span<const int64_t> a, absl::Span<const int64_t> b,
                      absl::Span<const int64_t> y, bool transpose_a, bool transpose_b) {
  Geometry g;
  const size_t rank = y.size() - 2;
  g.m = y[rank];
  g.n = y[rank + 1];
  g.lda = a.back();
  g.ldb = b.back();
  g.k = transpose_a ? a[a.size() - 2] : a.back();
  g.transpose_a = transpose_a;
  g.transpose_b = transpose_b;
  g.batch_dims.assign(y.begin(), y.end() - 2);
  g.a_strides = BroadcastStrides(a.subspan(0, a.size() - 2), rank, g.m * g.k);
  g.b_strides = BroadcastStrides(b.subspan(0, b.size() - 2), rank, g.k * g.n);
  g.batch = NumElements(g.batch_dims);
  return g;
}

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  Geometry g = MakeGeometry(request.inputs[0].dims, request.inputs[1].dims, request.outputs[0].dims,
                            request.attr<bool>("transpose_a"), request.attr<bool>("transpose_b"));
  g.fixed_b = (request.fixed_inputs >> 1 & 1) != 0;
  switch (request.inputs[0].dtype) {
    case DType::kFloat32:
      if (request.mode == runtime::KernelMode::kFast) {
        MakeGemmKernel(g, kernel);
      } else {
        MakeReferenceKernel<float>(g, kernel);
      }
      break;
    case DType::kFloat64:
      MakeReferenceKernel<double>(g, kernel);
      break;
    case DType::kInt32:
      MakeReferenceKernel<int32_t>(g, kernel);
      break;
    default:
      MakeReferenceKernel<int64_t>(g, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::matmul_internal
