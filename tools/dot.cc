// dagrad dot
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/write_file.h"
#include "dagrad/plot/graphviz.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/dot_text.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

absl::StatusOr<std::vector<const Function*>> Choose(const Model& model, const Args& args) {
  std::vector<const Function*> chosen;
  if (!args.Has("--function")) {
    for (const Function& f : model.functions) chosen.push_back(&f);
    return chosen;
  }
  for (const std::string& name : args.All("--function")) {
    chosen.push_back(model.FindFunction(name));
    if (chosen.back() == nullptr) {
      return NotFoundError(absl::StrCat("the model has no function \"", Printable(name), "\""));
    }
  }
  return chosen;
}

absl::Status Dot(const Args& args, Console* console) {
  const std::string format = args.Get("--format");
  if (args.Has("--format") && format != "dot" && format != "svg" && format != "png" &&
      format != "pdf") {
    return UsageError(absl::StrCat("draws svg, png, pdf or dot, not \"", Printable(format), "\""));
  }
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded, LoadModel(args, /*weights=*/false));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<const Function*> functions, Choose(loaded.model, args));
  std::string text = DotOf(functions);
  if (!format.empty() && format != "dot") {
    DAGRAD_ASSIGN_OR_RETURN(text, plot::DrawDot(text, format, args.budget));
    console->out_is_text = false;
  }
  if (args.Has("--output")) return io::WriteFile(args.Get("--output"), text);
  console->out = std::move(text);
  return absl::OkStatus();
}

}  // namespace

const Command& DotCommand() {
  static const auto* const command =
      new Command{"dot",
                  "FILE",
                  "draw a model",
                  "Writes the functions in Graphviz's DOT language, or drawn by Graphviz's program "
                  "dot. Scopes are frames,\n"
                  "edges carry types, nodes that belong to a gradient are dashed.",
                  {{"--format", "-T", "FORMAT",
                    "svg, png or pdf through Graphviz; dot (the default) without it"},
                   {"--output", "-o", "FILE", "where to write; standard output if not given"},
                   {"--function", "-f", "NAME", "only this function", true}},
                  Dot};
  return *command;
}

}  // namespace dagrad::tools
