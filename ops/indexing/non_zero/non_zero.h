#ifndef DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_H_
#define DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// Where x is not 0 (or true): y[a, k] is the place along axis a of the k-th such element, in
// row-major order. x of any dtype, of rank 1 or more; NaN is not 0. y is int64 [rank, n],
// numpy.nonzero's as one tensor, ONNX's NonZero.
//
// Without `size`, n is the number of elements that are not 0, which is known in a run only
// (BindDim). With it, n is `size`, which may hold symbols: places beyond it are left out, and if
// there are fewer, the others are 0 (jax.numpy.nonzero with size). Errors: non_zero_c1 for a
// scalar, non_zero_c2 for a size that is not one dimension. Not differentiable.
Value NonZero(Operand x);
Value NonZero(Operand x, Dim size);

// Number of elements that are not 0, an int64 scalar.
Value CountNonZero(Operand x);

namespace ops {
const OpDef& NonZeroOp();  // "NonZero": attribute size (shape [n])
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_NON_ZERO_NON_ZERO_H_
