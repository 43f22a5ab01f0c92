#ifndef DAGRAD_OPS_CREATION_IOTA_IOTA_H_
#define DAGRAD_OPS_CREATION_IOTA_IOTA_H_

#include <cstdint>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i_0, …, i_{r-1}] = i_axis: 0, 1, 2, … along one axis, the same along the others. Number dtypes;
// floats round to nearest, narrow integers keep the low bits. `shape` may hold symbols. No inputs,
// so no gradient. Errors: iota_c1 for bool or an invalid dtype, iota_c2 for an axis outside the
// rank (a scalar has none).
Value Iota(GraphBuilder* builder, DType dtype, Shape shape, int64_t axis,
           SourceLocation location = SourceLocation::Current());

namespace ops {
const OpDef& IotaOp();  // "Iota": attributes dtype, shape, axis (int)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CREATION_IOTA_IOTA_H_
