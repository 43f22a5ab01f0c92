#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/binary/binary_internal.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/shape/identity/identity.h"

namespace dagrad::ops::binary_internal {

// y = a + b: ∂y/∂a = ∂y/∂b = 1.
absl::Status AddGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  if (c.needs_grad(1)) c.SetGrad(1, c.cotangent());
  return absl::OkStatus();
}

// y = a - b: ∂y/∂a = 1, ∂y/∂b = -1.
absl::Status SubGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  if (c.needs_grad(1)) c.SetGrad(1, Neg(c.cotangent()));
  return absl::OkStatus();
}

// y = a·b: ∂y/∂a = b, ∂y/∂b = a.
absl::Status MulGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Mul(c.cotangent(), c.input(1)));
  if (c.needs_grad(1)) c.SetGrad(1, Mul(c.cotangent(), c.input(0)));
  return absl::OkStatus();
}

// y = a/b: ∂y/∂a = 1/b, ∂y/∂b = -a/b² = -y/b, which is 0 for a = 0 however small b is: so y is
// divided, not ȳ.
absl::Status DivGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Div(c.cotangent(), c.input(1)));
  if (c.needs_grad(1)) c.SetGrad(1, Neg(Mul(c.cotangent(), Div(c.output(), c.input(1)))));
  return absl::OkStatus();
}

// y = a - ⌊a/b⌋·b with ⌊a/b⌋ constant between the jumps: ∂y/∂a = 1, ∂y/∂b = -⌊a/b⌋ = (y - a)/b,
// which has no derivative of its own.
absl::Status FloorModGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  if (c.needs_grad(1)) {
    const Value quotient = Div(Sub(c.output(), c.input(0)), c.input(1));
    c.SetGrad(1, Mul(c.cotangent(), StopGradient(quotient)));
  }
  return absl::OkStatus();
}

namespace {

using Relation = Value (*)(Operand a, Operand b);

// Of the greatest (least): `beats` is > (<), `holds` is >= (<=). Where one beats the other, ȳ is
// its alone. At a tie any convex combination is a subgradient: (½, ½) is the symmetric one; for a
// bound that x may reach, (1, 0) to x. What is no number neither beats nor is beaten: ȳ goes to
// both, as NaN does, but to no bound and to nothing that it bounds.
absl::Status ExtremumGradient(GradContext& c, Relation beats, Relation holds) {
  const Value a = c.input(0), b = c.input(1), dy = c.cotangent();
  if (c.attr<bool>("ties_to_a")) {
    if (c.needs_grad(0)) c.SetGrad(0, Select(holds(a, b), dy, 0.0));
    if (c.needs_grad(1)) c.SetGrad(1, Select(beats(b, a), dy, 0.0));
    return absl::OkStatus();
  }
  const Value share = Select(Equal(a, b), Mul(dy, 0.5), dy);
  if (c.needs_grad(0)) c.SetGrad(0, Select(beats(b, a), 0.0, share));
  if (c.needs_grad(1)) c.SetGrad(1, Select(beats(a, b), 0.0, share));
  return absl::OkStatus();
}

}  // namespace

// y = max(a, b): ∂y/∂a = 1 where a > b and 0 where a < b.
absl::Status MaximumGradient(GradContext& c) { return ExtremumGradient(c, Greater, GreaterEqual); }

// y = min(a, b): as Maximum with the inputs' order turned around.
absl::Status MinimumGradient(GradContext& c) { return ExtremumGradient(c, Less, LessEqual); }

}  // namespace dagrad::ops::binary_internal
