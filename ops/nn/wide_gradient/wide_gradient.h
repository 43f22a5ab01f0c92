#ifndef DAGRAD_OPS_NN_WIDE_GRADIENT_WIDE_GRADIENT_H_
#define DAGRAD_OPS_NN_WIDE_GRADIENT_WIDE_GRADIENT_H_

#include "absl/status/status.h"
#include "dagrad/graph/gradient.h"

// Gradients of float16 and bfloat16 through float32: for ops whose gradient is made of what the op
// has given, or of numbers of elements, which halves hold to 3 or 2 digits and float16 to 65504.
namespace dagrad::ops {

// Whether input 0 of the node is of a dtype that kernels do not compute in (ComputeDType).
bool IsOfHalves(const GradContext& c);

// The node once more, of its inputs cast to the dtype that kernels compute in, and what `gradient`
// sets for that one, of cotangents cast likewise, cast back: rounded once.
absl::Status WideGradient(GradContext& c, absl::Status (*gradient)(GradContext&));

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_NN_WIDE_GRADIENT_WIDE_GRADIENT_H_
