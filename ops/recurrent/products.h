#ifndef DAGRAD_OPS_RECURRENT_PRODUCTS_H_
#define DAGRAD_OPS_RECURRENT_PRODUCTS_H_

#include <cstdint>

#include "absl/types/span.h"

namespace dagrad::ops::recurrent {

// Columns that one call of ColumnsOfProducts takes at most, and is fast for.
inline constexpr int64_t kColumns = 128;

// out[p, j] = Σ over rows r of a[r, p] dz[r, j], p < columns.
struct Product {
  const float* a;  // [rows, columns], dense
  int64_t columns;
  float* out;
  int64_t ld;  // of out
};

// The products with `width` columns of dz [rows, ld_dz], and sums[j] = Σ over r of dz[r, j] (null:
// not wanted). A few rows at a time go through all of these, while they stand in a cache.
void ColumnsOfProducts(int64_t rows, absl::Span<const Product> products, const float* dz,
                       int64_t ld_dz, int64_t width, float* sums);

}  // namespace dagrad::ops::recurrent

#endif  // DAGRAD_OPS_RECURRENT_PRODUCTS_H_
