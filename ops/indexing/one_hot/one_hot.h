#ifndef DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_H_
#define DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct OneHotOptions {
  DType dtype = DType::kFloat32;
  double on = 1;
  double off = 0;
  int64_t axis = -1;  // of the result; negative axes count from its end
};

// y[o…, k, i…] = on where indices[o…, i…] = k, else off, for 0 ≤ k < depth: the shape of indices
// with a new axis of `depth` elements. indices int32 or int64; any dtype for y. An index outside
// [0, depth), such as -1, gives off everywhere, as in Keras, TensorFlow and JAX. Errors: one_hot_c1
// for a negative depth, one_hot_c2 for an axis outside [-rank-1, rank], one_hot_c3 for an invalid
// dtype or on or off that it cannot hold. Not differentiable.
Value OneHot(Operand indices, int64_t depth, const OneHotOptions& options = {});

namespace ops {
const OpDef&
OneHotOp();  // "OneHot": attributes depth (int), axis (int), dtype, on (float), off (float)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_ONE_HOT_ONE_HOT_H_
