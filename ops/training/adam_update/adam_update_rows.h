#ifndef DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_ROWS_H_
#define DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_ROWS_H_

#include "dagrad/graph/op.h"

namespace dagrad::ops {

// "AdamUpdateRows": AdamUpdate where only some rows of the weight have a gradient, as embeddings
// do. It is AdamUpdate(w, g, m, v, step_size) with g = ScatterAdd(indices, updates, shape of w),
//   g[r, i…] = Σ_{j…: indices[j…] = r} updates[j…, i…],
// with the same bits (moments of the other rows decay, as there), but g never stands in memory.
// Inputs: w [rows, …], indices (int32 or int64, of any rank, from -rows to rows - 1), updates (of
// the shape of indices and then w's but its first dimension), m, v, step_size; attributes and
// outputs are AdamUpdate's. No gradient flows through it. Rewrites make it (rule "adam_of_rows").
// Errors: adam_update_rows_c1 (w is a scalar, or m or v of another shape), adam_update_rows_c2
// (the shape of updates), adam_update_rows_c3 (step_size), adam_update_rows_c4 (options). An index
// out of range is an InvalidArgument of the run, before anything is written.
const OpDef& AdamUpdateRowsOp();

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_TRAINING_ADAM_UPDATE_ADAM_UPDATE_ROWS_H_
