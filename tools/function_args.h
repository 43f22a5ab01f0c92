#ifndef DAGRAD_TOOLS_FUNCTION_ARGS_H_
#define DAGRAD_TOOLS_FUNCTION_ARGS_H_

#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {

// The sizes that --batch and --dim give to symbolic dimensions.
absl::StatusOr<Bindings> ReadBindings(const Args& args);

// `given`, and 1 for all other symbols of `shape`.
Bindings WithOnes(const Shape& shape, const Bindings& given);

// The function that --function names; else the only one of the model, else "predict".
absl::StatusOr<const Function*> ChooseFunction(const Model& model, const Args& args);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_FUNCTION_ARGS_H_
