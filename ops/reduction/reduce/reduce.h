#ifndef DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct ReduceOptions {
  std::vector<int64_t> axes = {};  // empty: all; negative axes count from the end
  bool keepdims = false;           // reduced axes stay as dimensions 1
};

// Reductions over `axes`: y[k] = ⊕_r x[k, r], where k runs over the other axes and r over the
// reduced ones. dtype as x. The order of the operations depends on x's shape only, so results have
// the same bits for any number of threads. Float32 sums and means are formed in float32 partial
// sums of at most 64 terms in each lane, which join in float64, or in float64 alone where those
// overflow; those of float64 in CompensatedSums (ops/reduction/sums/sums.h). Float32 products are
// formed in float64. Errors: <label>_c1 for an axis outside x's rank, <label>_c2 for an axis given
// twice.
//
// Over no elements (a reduced dimension is 0) the result is the operation's identity: 0, 1, -inf or
// the lowest number, +inf or the highest number, false, true; the mean is NaN.

// Σ x. Numbers; integers wrap around. Gradient: x̄ = ȳ repeated along the axes.
Value ReduceSum(Operand x, ReduceOptions options = {});
// Σ x / n. Floats. Gradient: x̄ = ȳ/n repeated; n is Size(x, axes), so axes may be symbolic.
Value ReduceMean(Operand x, ReduceOptions options = {});
// Π x. Numbers; integers wrap around. Gradient: x̄_i = ȳ·Π_{j≠i} x_j, formed without division, hence
// right where elements are 0.
Value ReduceProd(Operand x, ReduceOptions options = {});
// Largest and smallest element. Numbers; a NaN among the elements gives NaN. Gradient: ȳ split
// evenly among all elements that equal the result (as JAX and TensorFlow do); where the result is
// NaN the gradient is NaN.
Value ReduceMax(Operand x, ReduceOptions options = {});
Value ReduceMin(Operand x, ReduceOptions options = {});
// Whether any or all elements are true. bool; not differentiable.
Value ReduceAny(Operand x, ReduceOptions options = {});
Value ReduceAll(Operand x, ReduceOptions options = {});

namespace ops {
// "ReduceSum", …: attributes axes (ints, default empty) and keepdims (bool, default false).
const OpDef& ReduceSumOp();
const OpDef& ReduceMeanOp();
const OpDef& ReduceProdOp();
const OpDef& ReduceMaxOp();
const OpDef& ReduceMinOp();
const OpDef& ReduceAnyOp();
const OpDef& ReduceAllOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_H_
