#ifndef DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_H_
#define DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad {

// (y_0, y_1, …) = forward(x_0, x_1, …), with the derivative that `backward` says in the place of
// its own: x̄ = backward(x, y, ȳ), one for each x of floating type, of its type, in their order. ȳ
// has a cotangent of each floating y, zeros where none flows.
//
//   // log(1 + eˣ), and its gradient without overflow.
//   Value y = CustomGradient(
//       {x}, [](GraphBuilder&, absl::Span<const Value> x) { return Log(1 + Exp(x[0])); },
//       [](GraphBuilder&, absl::Span<const Value> x, absl::Span<const Value> y,
//          absl::Span<const Value> dy) { return dy[0] * Sigmoid(x[0]); })[0];
//
// Both functions may use values from outside: these are constants to the derivative. Second
// derivatives are those of `backward`, through x, y and ȳ. Any dtypes; shapes may be symbolic.
// Neither function reads or updates state. At least one operand is of floating type.
//
// Errors: no operand of floating type; operands that do not fit `forward` (custom_gradient_c1);
// operands, outputs and cotangents that do not fit `backward` (custom_gradient_c2); results of
// `backward` of another number or of other types than the floating operands (custom_gradient_c3);
// num_operands above the number of operands (custom_gradient_c4).
std::vector<Value> CustomGradient(
    absl::Span<const Value> operands,
    absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value> x)> forward,
    absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value> x, absl::Span<const Value> y,
                             absl::Span<const Value> cotangents)>
        backward,
    SourceLocation location = SourceLocation::Current());

namespace ops {
// "CustomGradient": operands, then values from outside; attributes function, gradient and
// num_operands. `gradient` has as inputs the operands, the outputs, a cotangent of each floating
// output, and the values from outside.
const OpDef& CustomGradientOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_CUSTOM_GRADIENT_CUSTOM_GRADIENT_H_
