#ifndef DAGRAD_TOOLS_FUNCTION_ARGS_H_
#define DAGRAD_TOOLS_FUNCTION_ARGS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/io/model_file.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {

// The sizes that --batch and --dim give to symbolic dimensions. NotFound for a name that no input
// of `functions` has: its size would do nothing.
absl::StatusOr<Bindings> ReadBindings(const Args& args,
                                      absl::Span<const Function* const> functions);
std::vector<const Function*> AllFunctions(const Model& model);

// `given`, and 1 for all other symbols of `shape`.
Bindings WithOnes(const Shape& shape, const Bindings& given);

// The function that --function names; else the only one of the model, else "predict".
absl::StatusOr<const Function*> ChooseFunction(const Model& model, const Args& args);

// The model that the first operand names, within the command's budget; `weights`: with its state.
absl::StatusOr<io::LoadedModel> LoadModel(const Args& args, bool weights = true);

// Options to compile within the command's budget, and runs that keep to it.
CompileOptions CompileWithin(const Args& args);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_FUNCTION_ARGS_H_
