#ifndef DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_H_
#define DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The Q of a = Q R with QᵀQ = 1 and an upper triangular R whose diagonal is positive: what the
// Gram- Schmidt process makes of the columns of a, in their order. For an a of independent normal
// elements Q is distributed uniformly over the matrices with orthonormal columns. a [m, n], m >= n,
// of any floating dtype; computed in float64. A column that is a combination of earlier ones gives
// zeros or, where rounding leaves something of it, any unit vector. No gradient flows: this is for
// initial weights. Errors: a is no matrix (orthonormalize_c1); m < n, or which is larger cannot be
// said (orthonormalize_c2). Source: Mezzadri, "How to generate random matrices from the classical
// compact groups" (2007), section 5.
Value Orthonormalize(Operand a);

namespace ops {
const OpDef& OrthonormalizeOp();  // "Orthonormalize"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_LINALG_ORTHONORMALIZE_ORTHONORMALIZE_H_
