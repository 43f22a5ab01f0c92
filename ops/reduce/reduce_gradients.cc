#include <utility>

#include "dagrad/ops/broadcast_to/broadcast_to.h"
#include "dagrad/ops/reduce/reduce.h"
#include "dagrad/ops/reduce/reduce_internal.h"
#include "dagrad/ops/reshape/reshape.h"

namespace dagrad::ops::reduce_internal {
namespace {

std::vector<int64_t> Axes(const GradContext& c) { return c.attr<std::vector<int64_t>>("axes"); }

// `v`, of the node's output shape, with the reduced axes as dimensions 1, so that it broadcasts against x.
Value Kept(const GradContext& c, Value v) {
  Shape kept = KeptShape(c.input(0).shape(), Axes(c));
  return v.shape() == kept ? v : Reshape(v, std::move(kept));
}

Value SpreadOverX(const GradContext& c, Value v) { return BroadcastTo(Kept(c, v), Shape(c.input(0).shape())); }

}  // namespace

// ∂y_k/∂x_{k,r} = 1 for every r, so x̄_{k,r} = ȳ_k.
absl::Status SumGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, SpreadOverX(c, c.cotangent()));
  return absl::OkStatus();
}

}  // namespace dagrad::ops::reduce_internal
