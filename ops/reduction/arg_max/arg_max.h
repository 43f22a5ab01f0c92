#ifndef DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_H_
#define DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct ArgOptions {
  int64_t axis = -1;      // negative axes count from the end
  bool keepdims = false;  // the axis stays as a dimension 1
};

// y[k] = the index r of the largest (smallest) x[k, r] along one axis, as int64; of equal elements
// the lowest index. NaN is taken as larger (smaller) than every number, so that the first NaN wins,
// as in NumPy and PyTorch. 0 and -0 are equal. x: numbers. Errors: arg_max_c1 for an axis outside
// the rank (a scalar has none), arg_max_c2 for an axis of 0 elements; if its dimension is a symbol,
// when it is known. Not differentiable.
Value ArgMax(Operand x, const ArgOptions& options = {});
Value ArgMin(Operand x, const ArgOptions& options = {});

namespace ops {
const OpDef& ArgMaxOp();  // "ArgMax": attributes axis (int), keepdims (bool)
const OpDef& ArgMinOp();  // "ArgMin": the same
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_REDUCTION_ARG_MAX_ARG_MAX_H_
