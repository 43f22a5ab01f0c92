#ifndef DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_H_
#define DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// Stands in the shape given to Reshape() for the one dimension that makes the counts of elements
// equal.
inline Dim InferDim() { return Dim(-1); }

// y holds the elements of x in the same (row-major) order under another shape; the same bytes,
// nothing is computed. Any dtype. `shape` may hold symbols, and InferDim() once: Reshape(x,
// {"batch", InferDim()}) of [batch,4,3] is [batch,12]. Errors: reshape_c1 unless both shapes have
// the same number of elements for every value of the symbols; an InferDim() that no whole number or
// expression satisfies. Gradient: ȳ reshaped to x's shape.
Value Reshape(Operand x, Shape shape);

// Axes axis, axis+1, … of x as one: [d_0, …, d_{axis-1}, d_axis·…·d_{r-1}]. With the default a
// batch of anything becomes a batch of vectors, as Keras's Flatten; axis may be rank(x), which
// appends a dimension 1. Negative axes count from the end.
Value Flatten(Operand x, int64_t axis = 1);

// Without the given axes, each of which must be the number 1; without any that is the number 1 if
// `axes` is empty.
Value Squeeze(Operand x, std::vector<int64_t> axes = {});

// With a new dimension 1 as axis `axis` of the result, -rank(x)-1 <= axis <= rank(x).
Value ExpandDims(Operand x, int64_t axis);

namespace ops {
const OpDef& ReshapeOp();  // "Reshape": attribute shape (shape), without InferDim()
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_RESHAPE_RESHAPE_H_
