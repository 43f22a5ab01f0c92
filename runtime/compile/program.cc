#include "dagrad/runtime/compile/program.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/runtime/compile/rewrite/constant.h"
#include "dagrad/runtime/compile/rewrite/pass.h"

namespace dagrad::runtime {
namespace {

absl::Status CheckKernel(const Node& node) {
  if (node.op->Has(kView) && (node.inputs.empty() || node.outputs.size() != 1)) {
    return InvalidArgumentError(
        absl::StrCat(Describe(node), ": a view has an input and one output"));
  }
  const bool needs_kernel =
      !node.op->Has(kStructural) && !node.op->Has(kView) && ConstantValue(node) == nullptr;
  if (!needs_kernel || node.op->make_kernel != nullptr) return absl::OkStatus();
  return UnimplementedError(absl::StrCat(Describe(node), ": the op has no kernel"));
}

// Of a valid function.
absl::StatusOr<std::vector<Program::State>> CollectStates(const Function& f) {
  std::vector<Program::State> states;
  HashMap<std::string, size_t> index;
  for (NodeId id : f.states) {
    const Node& node = f.nodes[id];
    index.emplace(node.name, states.size());
    states.push_back({node.name, node.outputs[0], true});
  }
  for (const Function::Update& u : f.updates) {
    if (index.emplace(u.state, states.size()).second)
      states.push_back({u.state, f.type(u.value), false});
  }
  for (const Program::State& s : states) {
    if (s.type.shape.IsStatic()) continue;
    return InvalidArgumentError(absl::StrCat("state \"", s.name, "\" is ", s.type.ToString(),
                                             ": the dimensions of a state must be numbers"));
  }
  return states;
}

using BodyPrograms = HashMap<const Body*, std::shared_ptr<const Program>>;

// Checks all nodes, and makes programs of the bodies among their attributes; `made` are those of
// all functions so far. Recurses as deep as bodies nest.
absl::Status PrepareNodes(const Function& f,
                          const CompileOptions& options,  // NOLINT(misc-no-recursion)
                          BodyPrograms* made, BodyPrograms* bodies) {
  for (const Node& node : f.nodes) {
    DAGRAD_RETURN_IF_ERROR(CheckKernel(node));
    if (!node.op->Has(kControl)) continue;
    for (const NamedBody& b : BodiesOf(node)) {
      if (!made->contains(b.body.get())) {
        auto own = std::make_shared<Program>(b.body->function(), options);
        const absl::Status s = PrepareNodes(own->function, options, made, &own->bodies);
        if (!s.ok()) return Prefixed(absl::StrCat(Describe(node), ": ", b.attribute), s);
        (*made)[b.body.get()] = own;
      }
      (*bodies)[b.body.get()] = (*made)[b.body.get()];
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const CompileOptions& options) {
  if (options.plan_cache_capacity < 1) {
    return InvalidArgumentError(
        absl::StrCat("plan_cache_capacity must be at least 1, not ", options.plan_cache_capacity));
  }
  if (options.memory_limit_bytes < 0) {
    return InvalidArgumentError(
        absl::StrCat("memory_limit_bytes must not be negative: ", options.memory_limit_bytes));
  }
  return options.budget.Check();
}

// Of a valid function, which is as it will run.
absl::StatusOr<Program> ProgramOf(Function function, const CompileOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Program::State> states, CollectStates(function));
  Program program(std::move(function), options);
  program.options.budget = Budget();  // that was for compiling
  program.states = std::move(states);
  program.updates_state = !program.function.updates.empty();
  return program;
}

}  // namespace

absl::StatusOr<Program> MakeProgram(const Function& function, const CompileOptions& options) {
  DAGRAD_RETURN_IF_ERROR(CheckOptions(options));
  DAGRAD_RETURN_IF_ERROR(ValidateFunction(function));
  std::vector<RewriteRecord> rewrites;
  Function rewritten = function;
  if (options.optimize) {
    const bool fuse = options.fuse && options.kernel_mode == KernelMode::kFast;
    DAGRAD_RETURN_IF_ERROR(
        RewriteFunction(options.kernel_mode, fuse, &rewritten, &rewrites, options.budget));
  }
  DAGRAD_ASSIGN_OR_RETURN(Program program, ProgramOf(std::move(rewritten), options));
  CompileOptions of_bodies = options;
  of_bodies.memory_limit_bytes = 0;  // it is for all together
  of_bodies.budget = Budget();
  BodyPrograms made;
  DAGRAD_RETURN_IF_ERROR(PrepareNodes(program.function, of_bodies, &made, &program.bodies));
  program.rewrites = std::move(rewrites);
  return program;
}

absl::StatusOr<Program> MakeUncutProgram(const Function& function, const CompileOptions& options) {
  DAGRAD_RETURN_IF_ERROR(CheckOptions(options));
  DAGRAD_RETURN_IF_ERROR(ValidateFunction(function));
  return ProgramOf(function, options);
}

}  // namespace dagrad::runtime
