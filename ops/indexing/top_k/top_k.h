#ifndef DAGRAD_OPS_INDEXING_TOP_K_TOP_K_H_
#define DAGRAD_OPS_INDEXING_TOP_K_TOP_K_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct TopKOptions {
  int64_t axis = -1;    // negative axes count from the end
  bool largest = true;  // false: the smallest
};

// The k largest (or smallest) elements along an axis, best first, and where they stand there:
// NumPy's sort with k = the whole axis, ONNX's TopK. Of equal elements the one with the smaller
// index comes first. NaN counts as larger than every number.
//   values[…, j, …] = x[…, indices[…, j, …], …]
// x of number types; k from 0 to the axis' dimension, and may hold symbols. Errors: arg_top_k_c1
// for the axis, arg_top_k_c2 for a k that is not one dimension or larger than the axis (when the
// shapes are known). Gradient: of values, ȳ is put back in the places that indices name (a kink
// where elements are equal); none flows through indices.
struct TopKResult {
  Value values;   // of x's dtype
  Value indices;  // int64, of the same shape
};
TopKResult TopK(Operand x, Dim k, const TopKOptions& options = {});

// The indices alone. With k = the whole axis: ArgSort, which is stable.
Value ArgTopK(Operand x, Dim k, const TopKOptions& options = {});

namespace ops {
const OpDef& ArgTopKOp();  // "ArgTopK": attributes k (shape [k]), axis (int), largest (bool)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_TOP_K_TOP_K_H_
