#ifndef DAGRAD_RUNTIME_RUN_INTERPRETER_H_
#define DAGRAD_RUNTIME_RUN_INTERPRETER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Tensors by name: feeds, state, outputs.
using TensorMap = std::map<std::string, Tensor>;

// Runs one node on the calling thread: its kernel is prepared, run once and dropped. Inputs must
// have the node's dtypes; their dims give the sizes. For constant folding and tests.
absl::StatusOr<std::vector<Tensor>> EvaluateNode(const Node& node, absl::Span<const Tensor> inputs,
                                                 const Bindings& bindings, KernelMode mode);

// Runs a kernel of control flow by itself: its regions as EvaluateFunction would, in a function
// whose symbols are bound by `bindings`.
absl::Status DriveAlone(const Kernel& kernel, const KernelArgs& args, const Bindings& bindings,
                        KernelMode mode);

// What EvaluateFunction gives.
struct EvaluateResult {
  TensorMap outputs;
  TensorMap updates;  // new values of states
};

// Runs a function node by node on the calling thread, without rewriting, planning or reusing
// memory: the executor that the others are compared with. `feeds` has a tensor per input, `states`
// one per state that is read. InvalidArgument, naming the input, for a missing feed, a wrong dtype
// or a shape that does not fit.
absl::StatusOr<EvaluateResult> EvaluateFunction(const Function& function, const TensorMap& feeds,
                                                const TensorMap& states = {},
                                                KernelMode mode = KernelMode::kReference);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_INTERPRETER_H_
