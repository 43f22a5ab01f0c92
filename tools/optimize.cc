// dagrad optimize
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

std::string KibText(int64_t bytes) {
  return absl::StrFormat("%.1f KiB", static_cast<double>(bytes) / 1024);
}

void ExplainRewrites(const Executable& executable, std::string* out) {
  for (const RewriteRecord& r : executable.rewrites())
    absl::StrAppend(out, "  ", r.rule, ": ", Printable(r.node), ": ", Printable(r.reason, 512),
                    "\n");
}

void ExplainChains(const PlanSummary& plan, std::string* out) {
  std::vector<std::vector<std::string>> nodes(plan.chains.size());
  std::vector<int> stage(plan.chains.size(), 0);
  for (const PlanSummary::Step& s : plan.steps) {
    nodes[s.chain].push_back(Printable(s.node));
    stage[s.chain] = s.stage;
  }
  for (size_t c = 0; c < nodes.size(); ++c) {
    if (nodes[c].size() < 2) continue;
    const PlanSummary::Chain& chain = plan.chains[c];
    absl::StrAppend(out, "  flow: stage ", stage[c], ", ", chain.rows, " rows, ", chain.tile,
                    " at a time, ", KibText(chain.local_bytes),
                    " never whole: ", absl::StrJoin(nodes[c], ", "), "\n");
  }
}

absl::StatusOr<PlanSummary> PlanOf(const Executable& executable, const Bindings& given,
                                   const Budget& budget) {
  const Function& f = executable.function();
  std::vector<Dims> inputs;
  for (NodeId id : f.inputs) {
    const Shape& shape = f.nodes[id].outputs[0].shape;
    DAGRAD_ASSIGN_OR_RETURN(Dims dims, shape.Bind(WithOnes(shape, given)));
    inputs.push_back(std::move(dims));
  }
  return executable.Plan(inputs, budget);
}

absl::Status OptimizeFunction(const Args& args, const Bindings& bindings, Function* f,
                              std::string* out) {
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(*f, CompileWithin(args)));
  DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, PlanOf(*executable, bindings, args.budget));
  std::map<std::string, int> rules;
  for (const RewriteRecord& r : executable->rewrites()) ++rules[r.rule];
  const auto count = [](std::string* text, const auto& rule) {
    absl::StrAppend(text, rule.second, " ", rule.first);
  };
  absl::StrAppend(out, "function ", Printable(f->name), ": ", f->nodes.size(), " nodes -> ",
                  executable->function().nodes.size(), " (",
                  rules.empty() ? "nothing to rewrite" : absl::StrJoin(rules, ", ", count), "); ",
                  plan.steps.size(), " to run, in ", plan.chains.size(), " chains and ",
                  plan.stages, " stages; ", KibText(plan.arena_bytes), " at the peak\n");
  if (plan.nodes_again > 0) {
    absl::StrAppend(out, "  rematerialize: ", plan.nodes_again,
                    " nodes run again to keep within the limit, some ",
                    absl::StrFormat("%.0f", plan.nanoseconds_again / 1e3), " us of one thread\n");
  }
  if (args.Has("--explain")) {
    ExplainRewrites(*executable, out);
    ExplainChains(plan, out);
  }
  *f = executable->function();
  return absl::OkStatus();
}

absl::Status Optimize(const Args& args, Console* console) {
  DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded, LoadModel(args));
  const Function* only = nullptr;
  if (args.Has("--function")) {
    DAGRAD_ASSIGN_OR_RETURN(only, ChooseFunction(loaded.model, args));
  }
  const std::vector<const Function*> functions =
      only == nullptr ? AllFunctions(loaded.model) : std::vector<const Function*>{only};
  DAGRAD_ASSIGN_OR_RETURN(const Bindings bindings, ReadBindings(args, functions));
  for (Function& f : loaded.model.functions) {
    if (only == nullptr || only == &f)
      DAGRAD_RETURN_IF_ERROR(OptimizeFunction(args, bindings, &f, &console->out));
  }
  if (!args.Has("--output")) return absl::OkStatus();
  return io::SaveModel(args.Get("--output"), loaded.model, loaded.state);
}

}  // namespace

const Command& OptimizeCommand() {
  static const auto* const command = new Command{
      "optimize",
      "FILE",
      "what the compiler makes of a model",
      "Rewrites and schedules every function as a run would, and says how many nodes are left, in "
      "how many\n"
      "chains (whose rows flow through all their nodes) and stages (one after the other). FILE "
      "stays as it is.",
      {{"--explain", "", "",
        "every rewrite: rule, node, reason; every chain: nodes, what it saves"},
       {"--function", "-f", "NAME", "only this one"},
       {"--batch", "-b", "N", "the same as --dim batch=N"},
       {"--dim", "-d", "NAME=N", "the size of a symbolic dimension; 1 if not given", true},
       {"--output", "-o", "PATH", "writes the model with the rewritten functions"}},
      Optimize};
  return *command;
}

}  // namespace dagrad::tools
