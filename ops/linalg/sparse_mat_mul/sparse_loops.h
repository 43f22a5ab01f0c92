#ifndef DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_LOOPS_H_
#define DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_LOOPS_H_

#include <cstdint>

namespace dagrad::ops::sparse_mat_mul_internal {

// y[j] = Σ_t values[t] · x[columns[t] · n + j] for j < n, over t < count, added in that order,
// each product rounded. 0 for no terms. The bits do not depend on the processor. Thread-safe;
// allocates nothing.
void SumOfRows(const float* x, int64_t n, const int64_t* columns, const float* values,
               int64_t count, float* y);

}  // namespace dagrad::ops::sparse_mat_mul_internal

#endif  // DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_LOOPS_H_
