#ifndef DAGRAD_RUNTIME_RUN_CHECK_NUMERICS_H_
#define DAGRAD_RUNTIME_RUN_CHECK_NUMERICS_H_

#include "absl/status/status.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad {

// Looks for where NaN comes from: runs the function node by node, on the calling thread, bodies of
// loops and branches included, and gives an error at the first node that makes a NaN of inputs that
// have none. It names the node, with its op and the line that built it, the elements, and, where an
// input of the node is infinite, what was infinite first.
//
// InvalidArgument for that, and for feeds and states that have a NaN themselves; OK if there is
// none. Otherwise the errors of EvaluateFunction (interpreter.h), which also says what `feeds` and
// `states` must have. The nodes are those of the graph, not the fused ones that an Executable runs:
// both may round differently. The budget is looked at between nodes.
absl::Status CheckNumerics(const Function& function, const runtime::TensorMap& feeds,
                           const runtime::TensorMap& states = {}, const Budget& budget = {});

// Whether a tensor of floating-point numbers has a NaN.
bool HasNan(const Tensor& tensor);

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_CHECK_NUMERICS_H_
