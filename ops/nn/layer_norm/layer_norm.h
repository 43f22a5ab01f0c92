#ifndef DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_H_
#define DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct LayerNormOptions {
  int64_t axis = -1;      // the first axis that is normalised over; all later ones are too
  double epsilon = 1e-3;  // added to the variance; Keras's default
};

struct LayerNormResult {
  Value y;
  Value mean;            // of each row
  Value inverse_stddev;  // of each row: 1 / sqrt(variance + epsilon)
};

// Normalises each row, which is what the axes axis, axis+1, … of x hold. With r running over the
// axes before, j over the n elements of a row:
//   mean[r] = Σ_j x[r,j] / n,  inverse_stddev[r] = (Σ_j (x[r,j] - mean[r])² / n + epsilon)^-½,
//   y[r,j]  = gamma[j] (x[r,j] - mean[r]) inverse_stddev[r] + beta[j].
// x of any floating dtype and of rank 1 or more; gamma and beta of the shape of a row; y as x; mean
// and inverse_stddev of x's shape with 1 for the axes of the row (as ONNX's LayerNormalization).
// For n = 0 mean and variance are 0. Sums are joined in float64, so float32 loses nothing where the
// mean is large, and taken in float64 where squares of float32 would overflow or vanish. Gradient:
// LayerNormGrad, and x̄ += mean̄ / n - inverse_stddev̄ inverse_stddev³ (x - mean) / n where those are
// used further. Errors: axis outside [-rank, rank) (layer_norm_c1); gamma or beta is not of a row's
// shape (layer_norm_c2); epsilon is negative or not finite (layer_norm_c3). Source: Ba, Kiros,
// Hinton, "Layer normalization", arXiv 1607.06450 (2016).
LayerNormResult LayerNorm(Operand x, Operand gamma, Operand beta,
                          const LayerNormOptions& options = {});

namespace ops {
const OpDef& LayerNormOp();  // "LayerNorm": axis, epsilon

// "LayerNormGrad": axis; inputs x, gamma, mean m, inverse_stddev s, dy. With x̂ = (x - m) s, g = dy
// gamma:
//   dgamma[j] = Σ_r dy[r,j] x̂[r,j],  dbeta[j] = Σ_r dy[r,j],
//   dx[r,j]   = s[r] (g[r,j] - Σ_k g[r,k] / n - x̂[r,j] Σ_k g[r,k] x̂[r,k] / n).
// Where m is the row's own mean rounded to x's dtype, x̂ is made of that mean before it was rounded,
// so that float32 loses nothing where the mean is large. Differentiable by every input.
const OpDef& LayerNormGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_H_
