#ifndef DAGRAD_TOOLS_DRAWN_VALUES_H_
#define DAGRAD_TOOLS_DRAWN_VALUES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::tools {

// Numbers for a function that is run to be timed, as a model in use has them: kernels may take
// longer for others, whose size differs much (ops/nn/conv/winograd_range.h) or is next to nothing.
// The same in every call. Errors: sizes that are too large, naming the input.

// A tensor for every input, of the sizes `given`, 1 where there is none: floats from the standard
// normal distribution; integers that are looked up in a table, or are labels of classes, of all
// that there are with equal chances; all else 0.
absl::StatusOr<std::vector<Tensor>> DrawInputs(const Function& f, const Bindings& given,
                                               const Budget& budget = {});

// The states of `f` that `store` has not. If the model has a function "initialize" that reads no
// state, they are what that makes of drawn inputs, and 0 what it does not make, as slots of an
// optimizer. Else floats of two axes or more are taken for kernels, normal with the variance 1/n,
// n the product of all axes but the last, so that their results are as large as what they are
// applied to, or for slots, which are 0, where `f` updates them and they are not trainable; floats
// of fewer axes are 1, and all else is 0. Errors of "initialize" too, which is
// compiled with `options`.
absl::Status DrawStates(const Model& model, const Function& f, const CompileOptions& options,
                        const Budget& budget, StateStore* store);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_DRAWN_VALUES_H_
