#ifndef DAGRAD_OPS_SHAPE_BROADCAST_TO_BROADCAST_TO_H_
#define DAGRAD_OPS_SHAPE_BROADCAST_TO_BROADCAST_TO_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i_0, …, i_{r-1}] = x[j], where j is the last rank(x) indices of i with those set to 0 along
// which x has size 1: NumPy's broadcast_to. Any dtype. `shape` may hold symbols, which must be
// bound by the function's inputs. Errors: broadcast_to_c1 unless rank(x) <= rank(shape) and,
// aligned at the right, each dimension of x is 1 or equal to that of `shape`. Two different symbols
// are not equal. Gradient: ȳ summed over the axes along which x was repeated.
Value BroadcastTo(Operand x, Shape shape);

namespace ops {
const OpDef& BroadcastToOp();  // "BroadcastTo": attribute shape (shape)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_BROADCAST_TO_BROADCAST_TO_H_
