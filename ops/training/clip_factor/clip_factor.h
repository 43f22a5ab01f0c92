#ifndef DAGRAD_OPS_TRAINING_CLIP_FACTOR_CLIP_FACTOR_H_
#define DAGRAD_OPS_TRAINING_CLIP_FACTOR_CLIP_FACTOR_H_

#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// min(1, clipnorm / ‖(x₁, x₂, …)‖₂): what gradients are multiplied by so that their norm is at most
// `clipnorm`. One or more tensors of any shapes, of one floating dtype; a scalar of it.
// Squares are added up in float64, and relative to the largest element where those overflow, so
// that no finite number is too large; but a factor below the dtype's least normal number (of
// float32: a norm above some 1e38 clipnorm) loses digits, and may be 0. An infinite element counts
// as the largest finite number of its dtype; a NaN gives NaN. No gradient flows through it. Errors:
// clipnorm is not positive (clip_factor_c1). Source: Pascanu, Mikolov, Bengio, "On the difficulty
// of training recurrent neural networks", ICML 2013, algorithm 1.
Value ClipFactor(absl::Span<const Value> x, double clipnorm,
                 SourceLocation location = SourceLocation::Current());

namespace ops {
const OpDef& ClipFactorOp();  // "ClipFactor": clipnorm
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_TRAINING_CLIP_FACTOR_CLIP_FACTOR_H_
