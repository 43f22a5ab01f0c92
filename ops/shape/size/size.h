#ifndef DAGRAD_OPS_SHAPE_SIZE_SIZE_H_
#define DAGRAD_OPS_SHAPE_SIZE_SIZE_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The number of elements of x along `axes` as a scalar: y = Π_{a in axes} dim_a(x), all axes if
// `axes` is empty. A number even where dimensions are symbols: once the shapes are known it is a
// constant, and x itself is neither read nor kept alive. dtype: any number type; floats round to
// nearest. Errors: an axis outside x's rank or given twice; a product that an integer dtype cannot
// hold (when the shapes are known). Not differentiable.
Value Size(Operand x, std::vector<int64_t> axes, DType dtype);

namespace ops {
// "Size": no inputs; attributes shape (shape: the dimensions that are multiplied) and dtype.
const OpDef& SizeOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_SIZE_SIZE_H_
