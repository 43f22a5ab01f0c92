#include "dagrad/ops/recurrent/products.h"

#include <algorithm>

#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::recurrent {
namespace {

// sums += the columns' sums: those of a few rows each in float32.
void AddColumnSums(const float* dz, int64_t ld, int64_t rows, int64_t width, double* sums) {
  constexpr int64_t kFew = 32;
  for (int64_t r = 0; r < rows; r += kFew) {
    float part[kColumns] = {};
    for (int64_t i = r; i < std::min(rows, r + kFew); ++i) {
      for (int64_t j = 0; j < width; ++j) part[j] += dz[i * ld + j];
    }
    for (int64_t j = 0; j < width; ++j) sums[j] += part[j];
  }
}

}  // namespace

void ColumnsOfProducts(int64_t rows, absl::Span<const Product> products, const float* dz,
                       int64_t ld_dz, int64_t width, float* sums) {
  constexpr int64_t kRows = 256;
  double totals[kColumns] = {};
  for (int64_t row = 0; row == 0 || row < rows; row += kRows) {
    const int64_t count = std::min(kRows, rows - row);
    const float* const part = dz + row * ld_dz;
    for (const Product& p : products) {
      runtime::simd::Gemm(p.columns, width, count, {p.a + row * p.columns, p.columns, true},
                          {part, ld_dz}, {p.out, p.ld, row > 0});
    }
    if (sums != nullptr) AddColumnSums(part, ld_dz, count, width, totals);
  }
  if (sums != nullptr) std::copy(totals, totals + width, sums);
}

}  // namespace dagrad::ops::recurrent
