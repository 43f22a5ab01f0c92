#ifndef DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_H_
#define DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i_0, …, i_{r-1}] = x[j] with j[perm[a]] = i_a, so y's dimension a is x's dimension perm[a]:
// NumPy's and ONNX's transpose. An empty `perm` reverses the axes. Negative axes count from the
// end. Any dtype. Errors: transpose_c1 unless `perm` is empty or names every axis of x once.
// Gradient: ȳ transposed by the inverse permutation.
Value Transpose(Operand x, std::vector<int64_t> perm = {});

namespace ops {
const OpDef& TransposeOp();  // "Transpose": attribute perm (ints)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_TRANSPOSE_TRANSPOSE_H_
