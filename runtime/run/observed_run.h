#ifndef DAGRAD_RUNTIME_RUN_OBSERVED_RUN_H_
#define DAGRAD_RUNTIME_RUN_OBSERVED_RUN_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::runtime {

// Is shown every node that has run, in the order of execution: those of a body as often as it runs,
// before the node that has the body. An error ends the run.
using NodeObserver = absl::FunctionRef<absl::Status(const Node& node, absl::Span<const Tensor> in,
                                                    absl::Span<const Tensor> out)>;

// EvaluateFunction with somebody looking on.
absl::StatusOr<EvaluateResult> EvaluateObserved(const Function& function, const TensorMap& feeds,
                                                const TensorMap& states, KernelMode mode,
                                                NodeObserver observer);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_OBSERVED_RUN_H_
