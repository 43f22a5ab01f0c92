// dagrad profile
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/write_file.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/drawn_values.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

absl::StatusOr<int> ReadCount(const Args& args, absl::string_view option, int otherwise) {
  if (!args.Has(option)) return otherwise;
  int n = 0;
  if (absl::SimpleAtoi(args.Get(option), &n) && n >= 0) return n;
  return UsageError(absl::StrCat("\"", Printable(args.Get(option)), "\" is no count for ", option));
}

absl::Status Profile(const Args& args, Console* console) {
  DAGRAD_ASSIGN_OR_RETURN(const int runs, ReadCount(args, "--runs", 20));
  DAGRAD_ASSIGN_OR_RETURN(const int limit, ReadCount(args, "--top", 30));
  DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded, LoadModel(args));
  DAGRAD_ASSIGN_OR_RETURN(const Function* f, ChooseFunction(loaded.model, args));
  DAGRAD_ASSIGN_OR_RETURN(const Bindings bindings, ReadBindings(args, {f}));
  if (runs < 1) return UsageError("--runs needs at least 1");
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, DrawInputs(*f, bindings, args.budget));
  CompileOptions options = CompileWithin(args);
  StateStore store;
  for (auto& [name, tensor] : loaded.state) store.Set(name, std::move(tensor));
  DAGRAD_RETURN_IF_ERROR(DrawStates(loaded.model, *f, options, args.budget, &store));
  options.flow = !args.Has("--no-flow");
  options.fuse = !args.Has("--no-fuse");
  options.kernel_trial = args.Has("--trial");
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(*f, options));
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context,
                          executable->NewContext(&store, args.budget));
  DAGRAD_ASSIGN_OR_RETURN(const RunProfile profile,
                          executable->Profile(context.get(), feeds, runs, {args.budget, false}));
  console->out = ProfileTable(profile, limit);
  if (!args.Has("--output")) return absl::OkStatus();
  return io::WriteFile(args.Get("--output"), ProfileTrace(profile));
}

}  // namespace

const Command& ProfileCommand() {
  static const auto* const command = new Command{
      "profile",
      "FILE",
      "what a function of a model spends its time on",
      "Runs one function on drawn inputs, with the state of FILE or, where it has none, a drawn "
      "one, and\n"
      "prints a table of its nodes: the time that all threads together spend on each in one run "
      "(times are\n"
      "medians of all runs), its rates and their share of the peak of arithmetic, of memory or of "
      "the\n"
      "caches, and where the scheduler put it. FILE stays as it is.",
      {{"--function", "-f", "NAME", "which function; the only one, or predict, if not given"},
       {"--batch", "-b", "N", "the same as --dim batch=N"},
       {"--dim", "-d", "NAME=N", "the size of a symbolic dimension; 1 if not given", true},
       {"--runs", "-n", "N", "how often to run (20)"},
       {"--top", "", "N", "how many nodes to print (30; 0: all)"},
       {"--no-flow", "", "", "one node after the other, instead of rows through chains of nodes"},
       {"--no-fuse", "", "", "without the rules that make one node of several"},
       {"--trial", "", "", "kernels that are the fastest here, found by timing each"},
       {"--output", "-o", "TRACE.json", "writes the last run for Perfetto or chrome://tracing"}},
      Profile};
  return *command;
}

}  // namespace dagrad::tools
