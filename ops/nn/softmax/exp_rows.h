#ifndef DAGRAD_OPS_NN_SOFTMAX_EXP_ROWS_H_
#define DAGRAD_OPS_NN_SOFTMAX_EXP_ROWS_H_

#include <cstdint>

namespace dagrad::ops {

// Vectorized loops over one contiguous float32 row, for softmax and the cross-entropies. Results
// depend on the row and on the machine's vectors, not on threads. Sums are formed in several
// partial sums of at most a few hundred terms, joined in float64.

// Largest of x; -inf for n = 0; anything if one is NaN.
float RowMax(const float* x, int64_t n);
// y[i] = scale · exp(x[i] - shift), NaN where x[i] - shift is; y may be x.
void RowScaledExp(const float* x, int64_t n, float shift, float scale, float* y);
// Σ exp(x[i] - shift), NaN if any x[i] - shift is. No x[i] - shift may exceed 88.
double RowSumExp(const float* x, int64_t n, float shift);
// RowScaledExp with scale 1 that also gives the sum.
double RowExpAndSum(const float* x, int64_t n, float shift, float* y);
// y[i] = max(x[i], 0) - x[i] z[i] + log(1 + exp(-|x[i]|)); y may be x or z.
void RowSigmoidCrossEntropy(const float* x, const float* z, int64_t n, float* y);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_NN_SOFTMAX_EXP_ROWS_H_
