#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_ALGEBRA_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_ALGEBRA_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

// What the rules of ops in many folders are made of. No op is named here.

namespace dagrad::runtime {

// For OpDef::rules, by what the op f is.
absl::Span<const Rule> InvolutionRules();    // f(f(x)) = x
absl::Span<const Rule> IdempotentRules();    // f(f(x)) = f(x)
absl::Span<const Rule> SameOperandsRules();  // f(x, x) = x
// Of ops that give back a single input that has the result's type already.
absl::Span<const Rule> SameTypeRules();
// Of all ops with the trait kView, which need not list them.
absl::Span<const Rule> ViewRules();

// A rule's end: lets `value` stand for the node's only output, if it is of the same type.
RuleResult StandFor(GraphEditor& editor, NodeId id, ValueRef value, absl::string_view reason);

// A whole rule: lets one operand of two stand where the other one is the number `neutral`, of that
// sign where it is zero and a float. The left one is looked at too if `also_left`.
RuleResult DropNeutral(GraphEditor& editor, NodeId id, double neutral, bool also_left,
                       absl::string_view reason);

// Whether every element of `v` is the number `x`: for zero, with that sign.
bool IsSplat(GraphEditor& editor, ValueRef v, double x);

// y = x op vector, where `vector` goes along the last axis of x and y.
struct VectorOp {
  ValueRef x;
  ValueRef vector;
};
// Either operand may be the vector if `op` is commutative, else the right one; nothing if `v` is
// not such.
std::optional<VectorOp> MatchVectorOp(GraphEditor& editor, ValueRef v, const OpDef& op);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_ALGEBRA_H_
