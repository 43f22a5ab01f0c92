#ifndef DAGRAD_OPS_LINALG_EINSUM_EINSUM_H_
#define DAGRAD_OPS_LINALG_EINSUM_EINSUM_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

namespace dagrad {

// Einstein's summation, as numpy.einsum: every letter names an axis of an operand, "..." stands for
// axes of its own that broadcast; the result has the axes of the right side, and sums over all
// other letters of the products of the operands:
//   Einsum("abc,cd->abd", {x, w}):  y[a,b,d] = Σ_c x[a,b,c] w[c,d].
// Without "->" the result has the letters that stand once, in alphabetical order, behind "...". A
// letter that an operand has twice is its diagonal. Two operands are multiplied by MatMul, more
// from the left to the right. One or more operands of one number dtype, dimensions may be symbolic.
// Errors: InvalidArgument for an equation that does not fit the operands, and for more than 8
// letters in a product.
Value Einsum(absl::string_view equation, absl::Span<const Value> operands,
             SourceLocation location = SourceLocation::Current());

}  // namespace dagrad

#endif  // DAGRAD_OPS_LINALG_EINSUM_EINSUM_H_
