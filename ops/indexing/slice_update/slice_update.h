#ifndef DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_H_
#define DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct SliceUpdateOptions {
  int64_t axis = 0;       // of x; negative axes count from the end
  bool circular = false;  // what would stand behind the end of the axis stands at its beginning
};

// x with `update` in the place of its elements from `start` on along an axis, as JAX's
// dynamic_update_slice and ONNX's TensorScatter:
//   y[o, start + j, i] = update[o, j, i] for 0 <= j < n, and y = x elsewhere,
// o before the axis and i behind it, n = dim_axis(update). Any dtype; update is of x's dtype and of
// its shape but for the axis; start is int32 or int64, a scalar or, for an axis that is not the
// first, one number for each place of x's first axis. With d = dim_axis(x), start is from 0 to
// d - n; circular, from 0 to d - 1, and (start + j) mod d takes the place of start + j.
//
// Where nobody else needs x, y stands in its place and only the update is written. So a cache of
// keys and values is a state that costs its new rows:
//   Value keys = SliceUpdate(g.State("keys", …, {"batch", 2048, 64}), new_keys, length, {.axis =
//   1}); g.Update("keys", keys);
//
// Errors: slice_update_c1 for the axis, slice_update_c2 for the shape of update, slice_update_c3
// for that of start. A start out of range is an InvalidArgument of the run, which gives it.
// Gradient: x̄ = ȳ with zeros in the place of the update, and the update's is what stands there in
// ȳ; none flows to start.
Value SliceUpdate(Operand x, Operand update, Operand start, const SliceUpdateOptions& options = {});

namespace ops {
// "SliceUpdate": inputs x, update, start; attributes axis (int), circular (bool).
const OpDef& SliceUpdateOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_SLICE_UPDATE_SLICE_UPDATE_H_
