#ifndef DAGRAD_RUNTIME_COMPILE_PROGRAM_H_
#define DAGRAD_RUNTIME_COMPILE_PROGRAM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/runtime/compile/compile_options.h"
#include "dagrad/runtime/compile/planner.h"
#include "dagrad/runtime/compile/rewrite/record.h"

namespace dagrad::runtime {

// All of an executable that does not depend on sizes. Immutable.
struct Program {
  Program(Function f, CompileOptions o) : function(std::move(f)), options(o), numbers(function) {}

  Function function;  // after rewriting
  CompileOptions options;
  ValueNumbers numbers;
  struct State {
    std::string name;
    ValueType type;  // static
    bool read = false;
  };
  std::vector<State> states;  // in the order of StateNames()
  bool updates_state = false;
  std::vector<RewriteRecord> rewrites;
  // By node, another one that it may not run before, -1 for none; or empty.
  std::vector<NodeId> after;
  // Of the functions that nodes have as attributes: each as rewritten, once.
  HashMap<const Body*, std::shared_ptr<const Program>> bodies;
};

// Checks `function` as far as running it demands, and rewrites it if the options say so.
// InvalidArgument for a graph that is not well formed, a state of symbolic shape or unlike its
// update; Unimplemented for an op without a kernel.
absl::StatusOr<Program> MakeProgram(const Function& function, const CompileOptions& options);
// The same of a function whose sizes depend on data, which is left as it is: only its pieces run
// (cut.h).
absl::StatusOr<Program> MakeUncutProgram(const Function& function, const CompileOptions& options);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_PROGRAM_H_
