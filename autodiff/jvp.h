#ifndef DAGRAD_AUTODIFF_JVP_H_
#define DAGRAD_AUTODIFF_JVP_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

namespace dagrad {

// The derivative of `ys` along a direction: adds to the builder of `ys` the nodes that compute, for
// each y,
//   ẏ = Σ_i (∂y/∂x_i) ẋ_i
// for the tangents ẋ, one of each x's type, and returns these values, each of y's type, in the
// order of `ys`. Reverse mode gives x̄, which is linear in ȳ; reverse mode of that, with ẋ as its
// cotangents, gives ẏ (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
// So every op that has a second derivative has this one. The nodes of the first reverse mode that ẏ
// does not need are dropped when the function is compiled. Tangents may be values of a body that is
// being built within the builder of `ys`: the results are then, too.
//
// A y that depends on no x differentiably gets zeros. Errors: InvalidArgument for empty ys or xs,
// for tangents of another number or type, and what Gradients() refuses.
absl::StatusOr<std::vector<Value>> Jvp(absl::Span<const Value> ys, absl::Span<const Value> xs,
                                       absl::Span<const Value> tangents);

// The product of the Hessian of the sum of all elements of `y` with a vector: for each x,
//   Σ_j (∂²y/∂x ∂x_j) v_j
// with one v of each x's type, in the order of `xs`: reverse mode applied twice, so the Hessian
// itself is never there. Errors as Jvp(); within a body, y and xs must be of it.
absl::StatusOr<std::vector<Value>> HessianVectorProduct(Value y, absl::Span<const Value> xs,
                                                        absl::Span<const Value> vs);

}  // namespace dagrad

#endif  // DAGRAD_AUTODIFF_JVP_H_
