#ifndef DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_H_
#define DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct BatchNormOptions {
  double epsilon = 1e-3;  // added to the variance; Keras's default
};

struct BatchNormResult {
  Value y;
  Value mean;      // of each channel
  Value variance;  // of each channel, biased: divided by the number N of elements
};

// Normalises each channel by the statistics of the batch, as in training. With c running over the
// last axis, i over all others, N elements each:
//   mean[c] = Σ_i x[i,c] / N,  variance[c] = Σ_i (x[i,c] - mean[c])² / N,
//   y[i,c]  = gamma[c] (x[i,c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c].
// x of any floating dtype and of rank 2 or more, gamma and beta [C]; y as x, mean and variance [C].
// For N = 0 both are 0. Sums are joined in float64, so float32 loses nothing where the mean is
// large, and taken in float64 where squares of float32 would overflow or vanish. Moving averages
// are the caller's. Gradient: BatchNormGrad, and x̄ += mean̄ / N + 2 variancē (x - mean) / N where
// the statistics are used further. Errors: x has rank below 2 (batch_norm_c1); gamma or beta is not
// [C] (batch_norm_c2); epsilon is negative or not finite (batch_norm_c3). Source: Ioffe, Szegedy,
// "Batch normalization: accelerating deep network training by reducing internal covariate shift",
// ICML 2015.
BatchNormResult BatchNorm(Operand x, Operand gamma, Operand beta,
                          const BatchNormOptions& options = {});

// The same with given statistics, as in inference: (x - mean) gamma / sqrt(variance + epsilon) +
// beta, of ordinary ops.
Value BatchNormInference(Operand x, Operand gamma, Operand beta, Operand mean, Operand variance,
                         const BatchNormOptions& options = {});

namespace ops {
const OpDef& BatchNormOp();  // "BatchNorm": epsilon

// "BatchNormGrad": epsilon; inputs x, gamma, mean, variance, dy. With x̂ = (x - mean) r, r = 1 /
// sqrt(variance + epsilon):
//   dbeta[c] = Σ_i dy[i,c],  dgamma[c] = Σ_i dy[i,c] x̂[i,c],
//   dx[i,c]  = gamma[c] r[c] (dy[i,c] - dbeta[c] / N - x̂[i,c] dgamma[c] / N).
// Where mean is the channel's own rounded to x's dtype, x̂ is made of that mean before it was
// rounded, so that float32 loses nothing where the mean is large. Differentiable by every input.
const OpDef& BatchNormGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_H_
