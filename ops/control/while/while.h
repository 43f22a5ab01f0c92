#ifndef DAGRAD_OPS_CONTROL_WHILE_WHILE_H_
#define DAGRAD_OPS_CONTROL_WHILE_WHILE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad {

struct WhileOptions {
  // The loop ends after so many steps also where the condition still holds; 0: no bound. Needed for
  // gradients, which keep so many values of what is carried.
  int64_t max_iterations = 0;
};

struct WhileResult {
  std::vector<Value> carried;  // when the loop ends
  Value iterations;            // steps that were made: an int64 scalar
};

// A loop with values that are carried from step to step:
//   c = init; while (condition(c) and fewer than max_iterations steps) c = body(c).
// What condition and body use from outside is the same in every step. Newton's iteration for √a:
//
//   WhileResult r = While({a}, [&](GraphBuilder&, absl::Span<const Value> c) {
//                           return Greater(Abs(c[0] * c[0] - a), 1e-12 * a); },
//                         [&](GraphBuilder&, absl::Span<const Value> c) {
//                           return 0.5 * (c[0] + a / c[0]); }, {.max_iterations = 100});
//
// The condition is a bool scalar. A carried value, of any dtype, keeps its dtype and shape, which
// may be symbolic. Without a bound a condition that goes on holding ends the loop only by the run's
// time or cancellation (RunOptions::budget).
//
// Gradient, with max_iterations: a Scan over all of max_iterations steps backwards, those that were
// made only by their gradient (of a loop of n steps that of these n steps: it says nothing of when
// the loop ends). It computes each step again from its c, which is kept: [max_iterations, …] of
// what matters to the gradient. Errors: operands that do not fit the condition (while_c1), or a
// condition that is no bool scalar (while_c2); operands that do not fit the body (while_c3); a
// carried value that changes its type (while_c4); max_iterations < 0 (while_c5); a gradient without
// max_iterations (while_gradient).
WhileResult While(
    absl::Span<const Value> init,
    absl::FunctionRef<Value(GraphBuilder&, absl::Span<const Value> carried)> condition,
    absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value> carried)> body,
    const WhileOptions& options = {}, SourceLocation location = SourceLocation::Current());

namespace ops {
// "While": inputs carried and then values from outside, which condition and body both take;
// attributes condition, body, max_iterations and kept (ints): the carried values whose values
// before each step are outputs too, [max_iterations, …] with zeros behind the last step.
const OpDef& WhileOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_WHILE_WHILE_H_
