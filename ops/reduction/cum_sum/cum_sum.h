#ifndef DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_H_
#define DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct CumSumOptions {
  int64_t axis = -1;       // negative axes count from the end
  bool exclusive = false;  // without the element itself: the first sum is 0
  bool reverse = false;    // from the end
};

// The sums of an axis' elements up to each of them (numpy.cumsum; ONNX's CumSum):
//   y[…, i, …] = Σ_j x[…, j, …] over j <= i; exclusive: j < i; reverse: j >= i, or j > i
// x of number types, y alike. Elements are added up one after the other, those of floating dtypes
// in float64; sums of integers wrap around. What is infinite or NaN changes the sums that it is
// part of, and no others. Gradient: the sums of ȳ from the other end. Error: cum_sum_c1 for the
// axis.
Value CumSum(Operand x, const CumSumOptions& options = {});

namespace ops {
const OpDef& CumSumOp();  // "CumSum": attributes axis (int), exclusive and reverse (bool)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_REDUCTION_CUM_SUM_CUM_SUM_H_
