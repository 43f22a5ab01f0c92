#ifndef DAGRAD_OPS_NN_LAYER_NORM_SIMD_ROWS_H_
#define DAGRAD_OPS_NN_LAYER_NORM_SIMD_ROWS_H_

#include <cstdint>

// Vectorized loops over one row of n float32. Sums are of at most 64 terms a lane, joined in
// float64. Results depend on the row and on the processor's vectors only.
namespace dagrad::ops::layer_norm_internal {

struct TwoSums {
  double first = 0, second = 0;
};

// Σ (x_j - shift) and Σ (x_j - shift)².
TwoSums Moments(const float* x, int64_t n, float shift);
// y_j = ((x_j - shift) factor + offset) gamma_j + beta_j.
void Normalize(const float* x, int64_t n, float shift, float factor, float offset,
               const float* gamma, const float* beta, float* y);

// A row in the gradient: x̂_j = (x_j - mean) s - offset.
struct GradRow {
  const float* x;
  const float* dy;
  const float* gamma;
  float mean, s, offset = 0;
};
// Σ g_j and Σ g_j x̂_j for g_j = dy_j gamma_j.
TwoSums GradSums(const GradRow& row, int64_t n);
// dx_j = s (g_j - mean_g - x̂_j mean_gx), dgamma_j += dy_j x̂_j, dbeta_j += dy_j.
void TakeGradRow(const GradRow& row, int64_t n, float mean_g, float mean_gx, float* dx,
                 float* dgamma, float* dbeta);

}  // namespace dagrad::ops::layer_norm_internal

#endif  // DAGRAD_OPS_NN_LAYER_NORM_SIMD_ROWS_H_
