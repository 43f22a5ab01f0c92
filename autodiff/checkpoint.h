#ifndef DAGRAD_AUTODIFF_CHECKPOINT_H_
#define DAGRAD_AUTODIFF_CHECKPOINT_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad {

// What `function` returns, as a Call of what it adds. Reverse mode keeps for it only the values
// from outside that it uses, and computes it again when its gradient is wanted: a network of n
// blocks, each in a Checkpoint, is trained with the memory of one block and n values between them,
// for one forward pass more (Chen et al., "Training deep nets with sublinear memory cost", 2016).
//
//   for (int i = 0; i < n; ++i)
//     x = Checkpoint(&g, [&](GraphBuilder&) { return Block(x, weights[i]); })[0];
//
// The same values and gradients as without it. State is read outside and updated outside (body_c1);
// random numbers come from a key, so that they are the same again. To compute again only what a
// limit of memory asks for, see CompileOptions::memory_limit_bytes.
// Errors are the builder's: those of `function`, and no result (body_c2).
std::vector<Value> Checkpoint(GraphBuilder* builder,
                              absl::FunctionRef<Values(GraphBuilder&)> function,
                              SourceLocation location = SourceLocation::Current());

}  // namespace dagrad

#endif  // DAGRAD_AUTODIFF_CHECKPOINT_H_
