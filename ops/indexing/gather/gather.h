#ifndef DAGRAD_OPS_INDEXING_GATHER_GATHER_H_
#define DAGRAD_OPS_INDEXING_GATHER_GATHER_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct GatherOptions {
  int64_t axis = 0;  // of x; negative axes count from the end
};

// y[o…, j…, i…] = x[o…, indices[j…], i…], o before the axis and i behind it: numpy.take, ONNX's
// Gather. The axis of x is replaced by all axes of `indices`, so shape(y) = shape(x)[:axis] +
// shape(indices) + shape(x)[axis+1:]. x of any dtype, indices int32 or int64 of any rank. With d =
// dim_axis(x), indices from -d to d-1 are accepted; negative ones count from the end. Errors:
// gather_c1 for an axis outside x's rank. An index out of range is an InvalidArgument of the run,
// which gives the index. Gradient: x̄ = ScatterAdd of ȳ; none flows to the indices.
Value Gather(Operand x, Operand indices, const GatherOptions& options = {});

struct ScatterAddOptions {
  int64_t axis = 0;  // of `shape`
};

// Zeros of `shape` to which updates are added where Gather with the same axis would have read them:
//   y[o…, v, i…] = Σ_{j…: indices[j…] = v} updates[o…, j…, i…].
// updates have the shape that Gather gives for an x of `shape`. Number dtypes; `shape` may hold
// symbols. Equal indices add up in their row-major order whatever the number of threads. Errors:
// scatter_add_c1 for the axis, scatter_add_c2 for updates of another shape; an index out of range
// as Gather. Gradient: that of updates is Gather(ȳ, indices).
Value ScatterAdd(Operand indices, Operand updates, Shape shape,
                 const ScatterAddOptions& options = {});

namespace ops {
const OpDef& GatherOp();  // "Gather": inputs x, indices; attribute axis (int)
const OpDef&
ScatterAddOp();  // "ScatterAdd": inputs indices, updates; attributes shape (shape), axis (int)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_GATHER_GATHER_H_
