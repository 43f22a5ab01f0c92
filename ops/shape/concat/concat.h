#ifndef DAGRAD_OPS_SHAPE_CONCAT_CONCAT_H_
#define DAGRAD_OPS_SHAPE_CONCAT_CONCAT_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// The values one after the other along `axis`: y[…, o_k + i, …] = x_k[…, i, …] with o_k the sum of
// the dimensions of x_0 … x_{k-1}. One or more values of one dtype (any), of equal shapes but for
// that axis, which may be symbolic. Negative axes count from the end. Errors: concat_c1 for an axis
// outside the rank (a scalar has none), concat_c2 for other ranks or dimensions; no values.
// Gradient: x̄_k is the slice of ȳ that x_k became.
Value Concat(absl::Span<const Value> values, int64_t axis,
             SourceLocation location = SourceLocation::Current());

// The values, of equal shapes, along a new axis: y[…, k, …] = x_k[…]; -rank-1 <= axis <= rank.
Value Stack(absl::Span<const Value> values, int64_t axis = 0,
            SourceLocation location = SourceLocation::Current());

namespace ops {
const OpDef& ConcatOp();  // "Concat": variadic; attribute axis (int)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_CONCAT_CONCAT_H_
