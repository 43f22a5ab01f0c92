#include <cstdint>
#include <utility>
#include <vector>

#include "dagrad/ops/linalg/sparse_mat_mul/sparse_loops.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul_internal.h"

namespace dagrad::ops::sparse_mat_mul_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

// x is [outer][columns][inner], y [outer][rows][inner].
template <typename T>
struct Product {
  std::vector<int64_t> row_starts, columns;
  std::vector<T> values;
  int64_t outer = 1, size = 0, inner = 1;

  int64_t rows() const { return static_cast<int64_t>(row_starts.size()) - 1; }
};

template <typename T>
Product<T> ProductOf(const KernelRequest& request) {
  Product<T> p;
  p.row_starts = request.attr<std::vector<int64_t>>("row_starts");
  p.columns = request.attr<std::vector<int64_t>>("columns");
  for (double v : request.attr<std::vector<double>>("values"))
    p.values.push_back(static_cast<T>(v));
  const Dims& dims = request.inputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + dims.size() : attr;
  p.size = dims[axis];
  for (size_t a = 0; a < dims.size(); ++a) {
    if (a != axis) (a < axis ? p.outer : p.inner) *= dims[a];
  }
  return p;
}

template <typename T>
void Reference(const T* x, int64_t n, const int64_t* columns, const T* values, int64_t count,
               T* y) {
  for (int64_t j = 0; j < n; ++j) {
    T sum = 0;
    for (int64_t t = 0; t < count; ++t) {
      const T product = values[t] * x[columns[t] * n + j];
      sum = t == 0 ? product : sum + product;
    }
    y[j] = sum;
  }
}

// sum(x, inner, columns, values, count, y) makes one row of y.
template <typename T, typename F>
void Multiply(Product<T> p, F sum, Kernel* kernel) {
  const int64_t rows = p.rows(), count = p.inner == 0 ? 0 : p.outer * rows;
  const double terms =
      rows == 0 ? 0 : static_cast<double>(p.columns.size()) / static_cast<double>(rows);
  const double cost = (1 + 2 * terms) * static_cast<double>(p.inner);
  runtime::OverRows(
      {.count = count, .cost = cost},
      [p = std::move(p), rows, sum](const KernelArgs& args, int64_t begin, int64_t end) {
        T* y = args.out<T>(0) + begin * p.inner;
        for (int64_t r = begin; r < end; ++r, y += p.inner) {
          const int64_t row = r % rows, first = p.row_starts[row];
          sum(args.in<T>(0) + r / rows * p.size * p.inner, p.inner, p.columns.data() + first,
              p.values.data() + first, p.row_starts[row + 1] - first, y);
        }
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  constexpr int64_t kFew =
      4;  // elements of a row that are not worth vectors; the bits are the same
  if (request.inputs[0].dtype == DType::kFloat64) {
    Multiply(ProductOf<double>(request), Reference<double>, kernel);
    return absl::OkStatus();
  }
  Product<float> p = ProductOf<float>(request);
  if (request.mode == runtime::KernelMode::kFast && p.inner >= kFew) {
    kernel->implementation = "simd";
    Multiply(std::move(p), SumOfRows, kernel);
  } else {
    Multiply(std::move(p), Reference<float>, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::sparse_mat_mul_internal
