#ifndef DAGRAD_OPS_CONTROL_CALL_CALL_H_
#define DAGRAD_OPS_CONTROL_CALL_CALL_H_

#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// (y_0, y_1, …) = function(operands…): the function's outputs in its order, for its inputs in its
// order, at least one. Symbols of the function's shapes are its own: those that stand alone as a
// dimension of an input are what the operand has there, so a function for [n, 8] may be called with
// [batch, 8] and with [3*batch, 8]. Calls of one function share it, in memory and in files. Any
// dtypes.
//
// Gradient: a call of the function that has the operands and a cotangent of each floating output as
// its inputs; it computes what it needs of `function` again. Errors: operands that do not fit the
// inputs (call_c1); what a function must be: Body::Make.
std::vector<Value> Call(const BodyPtr& function, absl::Span<const Value> operands,
                        SourceLocation location = SourceLocation::Current());

namespace ops {
const OpDef& CallOp();  // "Call": function
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_CALL_CALL_H_
