#ifndef DAGRAD_OPS_CONTROL_IF_IF_H_
#define DAGRAD_OPS_CONTROL_IF_IF_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad {

// (y_0, y_1, …) = condition ? then_branch() : else_branch(). Only the branch that is taken is
// computed. What is written in a branch is part of it, also where it uses values from outside
// alone; these become operands of the node:
//
//   Value y = If(Less(x, 0), [&](GraphBuilder&) { return Exp(x) - 1; },
//                            [&](GraphBuilder&) { return x; })[0];
//   std::vector<Value> both = If(c, [&](GraphBuilder&) { return Values{a, b}; },
//                                   [&](GraphBuilder&) { return Values{b, a}; });
//
// `condition` is a bool scalar. The branches have as many outputs, of the same dtypes and shapes:
// the result's. Any dtypes; shapes may be symbolic. A branch reads state where it stands outside,
// and updates none.
//
// Gradient, with respect to what the branches use: an If by the same condition, whose branches are
// those of the gradient; each computes what it needs of the forward branch again, so nothing is
// kept in between but the operands. No gradient flows to the condition. What the branch that is not
// taken uses gets zeros of it.
// Errors: condition is no scalar (if_c1); operands that do not fit a branch (if_c2); branches with
// other outputs than one another (if_c3).
std::vector<Value> If(Operand condition, absl::FunctionRef<Values(GraphBuilder&)> then_branch,
                      absl::FunctionRef<Values(GraphBuilder&)> else_branch);

namespace ops {
// "If": inputs condition and operands, which both branches take; attributes then_branch and
// else_branch.
const OpDef& IfOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_IF_IF_H_
