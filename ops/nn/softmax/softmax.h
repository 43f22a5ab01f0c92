#ifndef DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_H_
#define DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct SoftmaxOptions {
  int64_t axis = -1;  // that the results sum to 1 along
};

// Along `axis`, with i and j running over it:
//   Softmax:    y_i = exp(x_i) / Σ_j exp(x_j)
//   LogSoftmax: y_i = x_i - log Σ_j exp(x_j)
// x of any floating dtype and of rank 1 or more; y as x. The largest x is subtracted first, so
// nothing overflows. An x_i of -inf gives 0 (LogSoftmax: -inf); a row that holds NaN or +inf, or
// -inf only, gives NaN throughout. Error: axis outside [-rank, rank) (softmax_c1, log_softmax_c1).
// Gradients: Softmax    x̄_i = y_i (ȳ_i - Σ_j ȳ_j y_j)
//            LogSoftmax x̄_i = ȳ_i - exp(y_i) Σ_j ȳ_j
Value Softmax(Operand x, const SoftmaxOptions& options = {});
Value LogSoftmax(Operand x, const SoftmaxOptions& options = {});

namespace ops {
const OpDef& SoftmaxOp();     // "Softmax": axis
const OpDef& LogSoftmaxOp();  // "LogSoftmax": axis
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_H_
