#ifndef DAGRAD_OPS_LINALG_MATMUL_MATMUL_H_
#define DAGRAD_OPS_LINALG_MATMUL_MATMUL_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct MatMulOptions {
  bool transpose_a = false;  // use a's last two axes the other way round
  bool transpose_b = false;
};

// Matrix product of the last two axes, over broadcast leading axes (NumPy's matmul, ONNX MatMul):
//   y[…,i,j] = Σ_p a[…,i,p] b[…,p,j],   a: […,m,k], b: […,k,n], y: […,m,n]
// where transpose_a says that a is stored as […,k,m], and transpose_b that b is stored as […,n,k].
// The leading axes of a and b broadcast; k = 0 gives zeros. As in NumPy a vector is a row as `a`
// and a column as `b` (the options then mean nothing), and its axis is not in the result: [k]·[k]
// is a scalar. dtypes: floats and signed integers (which wrap around), both the same.
// Errors: matmul_c1 (rank), matmul_c2 (k differs), matmul_c3 (leading axes do not broadcast).
// Gradient: ā = ȳ·bᵀ, b̄ = aᵀ·ȳ, summed over broadcast axes.
Value MatMul(Operand a, Operand b, const MatMulOptions& options = {});

namespace ops {
// "MatMul": both inputs of rank >= 2; attributes transpose_a, transpose_b (bool, false).
const OpDef& MatMulOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_LINALG_MATMUL_MATMUL_H_
