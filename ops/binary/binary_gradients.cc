#include "dagrad/graph/gradient.h"
#include "dagrad/ops/binary/binary.h"
#include "dagrad/ops/binary/binary_internal.h"
#include "dagrad/ops/compare/compare.h"
#include "dagrad/ops/select/select.h"

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

// y = a/b: ∂y/∂a = 1/b, ∂y/∂b = -a/b² = -y/b; so with q = ȳ/b, ā = q and b̄ = -q·y.
absl::Status DivGradient(GradContext& c) {
  const Value q = Div(c.cotangent(), c.input(1));
  if (c.needs_grad(0)) c.SetGrad(0, q);
  if (c.needs_grad(1)) c.SetGrad(1, Neg(Mul(q, c.output())));
  return absl::OkStatus();
}

// y = a - ⌊a/b⌋·b with ⌊a/b⌋ constant between the jumps: ∂y/∂a = 1, ∂y/∂b = -⌊a/b⌋ = (y - a)/b.
absl::Status FloorModGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  if (c.needs_grad(1))
    c.SetGrad(1, Mul(c.cotangent(), Div(Sub(c.output(), c.input(0)), c.input(1))));
  return absl::OkStatus();
}

namespace {

// The share of ȳ of an input that `wins`: all of it there, half of it where both inputs are equal.
Value Share(GradContext& c, Value wins) {
  const Value half = Select(Equal(c.input(0), c.input(1)), Mul(c.cotangent(), 0.5), 0.0);
  return Select(wins, c.cotangent(), half);
}

}  // namespace

// y = max(a, b): ∂y/∂a = 1 where a > b and 0 where a < b. At a = b any convex combination is a
// subgradient: (½, ½) is the symmetric one.
absl::Status MaximumGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Share(c, Greater(c.input(0), c.input(1))));
  if (c.needs_grad(1)) c.SetGrad(1, Share(c, Less(c.input(0), c.input(1))));
  return absl::OkStatus();
}

// y = min(a, b): as Maximum with the inputs' order turned around.
absl::Status MinimumGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Share(c, Less(c.input(0), c.input(1))));
  if (c.needs_grad(1)) c.SetGrad(1, Share(c, Greater(c.input(0), c.input(1))));
  return absl::OkStatus();
}

}  // namespace dagrad::ops::binary_internal
