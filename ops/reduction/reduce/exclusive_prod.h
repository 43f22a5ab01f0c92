#ifndef DAGRAD_OPS_REDUCTION_REDUCE_EXCLUSIVE_PROD_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_EXCLUSIVE_PROD_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The product of all others along the last axis: y[k, i] = Π_{j≠i} x[k, j], shape as x. Floats.
// Formed of products from the left and from the right, never by division, so it is right where
// elements are 0. What ReduceProd's gradient is made of. Errors: exclusive_prod_c1 for a scalar.
// Gradient: x̄[k, j] = Σ_{i≠j} ȳ[k, i] Π_{l≠i,j} x[k, l], of n² elements per row of n.
Value ExclusiveProd(Operand x);

namespace ops {
const OpDef& ExclusiveProdOp();  // "ExclusiveProd": no attributes
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_EXCLUSIVE_PROD_H_
