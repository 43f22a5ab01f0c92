// dagrad check
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body_walk.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/io/model_file.h"
#include "dagrad/ops/table.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

std::string Count(size_t n, absl::string_view what) {
  return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
}

absl::Status Check(const Args& args, Console* console) {
  std::vector<absl::Status> errors;
  io::LoadOptions options;
  options.limits.budget = args.budget;
  options.errors = &errors;
  const std::string file = Printable(args.operands[0], 1024);
  const absl::StatusOr<io::LoadedModel> loaded =
      io::LoadModel(args.operands[0], ops::FindOp, options);
  if (!loaded.ok()) {
    // Of the errors the first is the status itself, with the file in front.
    if (errors.size() <= 1) return loaded.status();
    for (const absl::Status& e : errors)
      absl::StrAppend(&console->err, file, ": ", e.message(), "\n");
    return InvalidArgumentError(absl::StrCat(file, ": ", Count(errors.size(), "error")));
  }
  size_t nodes = 0;
  for (const Function& f : loaded->model.functions) {
    nodes += f.nodes.size();
    for (const PlacedBody& placed : AllBodies(f)) nodes += placed.body->function().nodes.size();
  }
  std::string weights = "no states";
  if (!loaded->model.states.empty()) {
    weights = loaded->state.empty() ? "no weights" : Count(loaded->state.size(), "weight");
  }
  absl::StrAppend(&console->out, file, ": ok (", Count(loaded->model.functions.size(), "function"),
                  ", ", Count(nodes, "node"), ", ", weights, ")\n");
  return absl::OkStatus();
}

}  // namespace

const Command& CheckCommand() {
  static const auto* const command = new Command{
      "check",
      "FILE",
      "validate a model and its weights",
      "Reads a model as a program would: names, references, types and shapes of every node, "
      "inferred anew,\n"
      "and the weights: checksums, presence, types. Prints \"ok\", or every error on stderr.",
      {},
      Check};
  return *command;
}

}  // namespace dagrad::tools
