#ifndef DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_H_
#define DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// `size`, an int64 scalar of the graph, as a dimension: what is computed with it has sizes that
// depend on data. It gives a new symbol, "n12", whose number is known when `size` has been
// computed;
//
//   const Dim n = BindDim(ReduceSum(Cast(Greater(x, 0), DType::kInt64)));
//   const Value at = NonZero(Greater(x, 0), n);  // int64[1,n]
//
// The executable runs such a function in pieces: up to where the size is known, and from there on
// (docs/data_dims.md). Not within the body of a node (body_c4). Errors: bind_dim_c1 for what is no
// scalar, bind_dim_c2 for a symbol that cannot be one, bind_dim_c3 (of the function) for a symbol
// that is bound twice, is an input's too, or is used before; a size below 0 is an InvalidArgument
// of the run. Not differentiable. Invalid() after an error.
Dim BindDim(Operand size);

namespace ops {
const OpDef& BindDimOp();  // "BindDim": y = size; attribute symbol (string)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_BIND_DIM_BIND_DIM_H_
