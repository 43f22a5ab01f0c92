#ifndef DAGRAD_AUTODIFF_GRADIENTS_H_
#define DAGRAD_AUTODIFF_GRADIENTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

namespace dagrad {

struct GradientsOptions {
  // The cotangent of each y, of its type; empty: ones, so the gradient is that of the sum of all
  // elements of all ys. They may be values of a body that is being built within the builder of
  // `ys`: the results are then, too.
  std::vector<Value> cotangents = {};
};

// Reverse mode, graph to graph: adds to the builder of `ys` the nodes that compute, for each x,
//   x̄ = Σ_k (∂y_k/∂x)ᵀ ȳ_k
// and returns these values, each of x's type, in the order of `xs`. Any values of the graph may be
// ys and xs, inputs and inner nodes alike. An x that no y depends on differentiably gets zeros. The
// results are ordinary nodes: apply it again for second derivatives. Work and memory are linear in
// the nodes between xs and ys; it recurses only into the bodies of control flow, as deep as these
// nest.
//
// Errors: InvalidArgument for an empty ys, a value that is invalid, of another builder or not of
// floating type, or cotangents of other types; Unimplemented, naming the node, for an op that has
// no gradient function though its input is differentiable; and the builder's own first error.
absl::StatusOr<std::vector<Value>> Gradients(absl::Span<const Value> ys, absl::Span<const Value> xs,
                                             const GradientsOptions& options = {});

}  // namespace dagrad

#endif  // DAGRAD_AUTODIFF_GRADIENTS_H_
