#ifndef DAGRAD_OPS_CONTROL_SCAN_SCAN_H_
#define DAGRAD_OPS_CONTROL_SCAN_SCAN_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/control/bodies.h"

namespace dagrad {

struct ScanOptions {
  bool reverse = false;  // from the last slice to the first
  // Number of steps; needed where there is nothing to slice, and else checked.
  std::optional<Dim> length = std::nullopt;
};

// What a step gives.
struct ScanStep {
  Values carried;       // to the next step; of the types that `init` has
  Values outputs = {};  // stacked
};

struct ScanResult {
  std::vector<Value> carried;  // after the last step
  std::vector<Value> outputs;  // of all steps: [time, …]
};

// A loop over the first axis of `xs`, with values that are carried from step to step: for t from 0
// to time-1,
//   (c_{t+1}, y_t) = step(c_t, x_t),  x_t = xs[t],  c_0 = init;
// the result is c_time and the stacked y, y[t] = y_t. With `reverse`, t runs from time-1 to 0: the
// step of t gets what that of t+1 carried, and y_t still stands at t. What the step uses from
// outside is the same in every step:
//
//   ScanResult r = Scan({h0}, {x}, [&](GraphBuilder&, absl::Span<const Value> c,
//                                      absl::Span<const Value> x) {
//     const Value h = Tanh(MatMul(x[0], w) + MatMul(c[0], u) + b);
//     return ScanStep{h, h};
//   });
//
// A random key is carried as {seed, counter + 1}, or draws from it differ by what is scanned.
// `init` and `xs` are values of any dtypes, at least one of them; xs[i] are [time, …] of one time,
// which may be a symbol, and 0. A carried value keeps its dtype and shape. What depends on values
// from outside alone is computed once, not in every step.
//
// Gradient: a Scan in the other direction that carries the cotangents c̄ and the sums of those of
// values from outside,
//   (c̄_t, x̄_t, w̄_t) = (∂step/∂(c, x, w))ᵀ (c̄_{t+1}, ȳ_t),
// and computes of each step again what it needs, from the c_t, which are kept for it: those that
// matter to the gradient, [time, …] each. Errors: numbers of carried and scanned operands that
// cannot be (scan_c1); xs of no or different times, or of another than `length` (scan_c2); operands
// that do not fit the step (scan_c3); a carried value that changes its type (scan_c4).
ScanResult Scan(absl::Span<const Value> init, absl::Span<const Value> xs,
                absl::FunctionRef<ScanStep(GraphBuilder& body, absl::Span<const Value> carried,
                                           absl::Span<const Value> slices)>
                    step,
                const ScanOptions& options = {},
                SourceLocation location = SourceLocation::Current());

namespace ops {
// "Scan": inputs carried, scanned and values from outside, in this order; attributes body,
// num_carried, num_scanned, reverse, length (shape of rank 1, or empty) and kept (ints): the
// carried values whose c_t are outputs too, stacked, behind y.
const OpDef& ScanOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_SCAN_SCAN_H_
