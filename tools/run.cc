// dagrad run
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/runtime/run/check_numerics.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

absl::StatusOr<TensorMap> ReadFeeds(const Function& f, const Args& args) {
  TensorMap feeds;
  for (const std::string& text : args.All("--input")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--input", text));
    const auto& [name, path] = pair;
    DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, io::ReadNpy(path, args.budget));
    if (!feeds.emplace(name, std::move(tensor)).second) {
      return UsageError(absl::StrCat("gives input \"", Printable(name), "\" twice"));
    }
  }
  for (NodeId id : f.inputs) {
    if (feeds.contains(f.nodes[id].name)) continue;
    return NotFoundError(absl::StrCat("function ", Printable(f.name), " needs --input ",
                                      Printable(f.nodes[id].name),
                                      "=FILE.npy: ", f.nodes[id].outputs[0].ToString()));
  }
  return feeds;
}

absl::Status CheckOutputs(const Function& f, const Args& args) {
  for (const std::string& text : args.All("--output")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--output", text));
    if (f.FindOutput(pair.first) != nullptr) continue;
    return NotFoundError(absl::StrCat(
        "function ", Printable(f.name), " has no output \"", Printable(pair.first), "\"; it has: ",
        Printable(
            absl::StrJoin(f.outputs, ", ",
                          [](std::string* out, const Function::Output& o) { *out += o.name; }),
            512)));
  }
  return absl::OkStatus();
}

absl::Status WriteOutputs(const Function& f, const TensorMap& outputs, const Args& args,
                          Console* console) {
  for (const std::string& text : args.All("--output")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--output", text));
    DAGRAD_RETURN_IF_ERROR(io::WriteNpy(pair.second, outputs.at(pair.first)));
  }
  if (args.Has("--output")) return absl::OkStatus();
  for (const Function::Output& o : f.outputs) {
    absl::StrAppend(&console->out, Printable(o.name), ": ", outputs.at(o.name).ToString(), "\n");
  }
  return absl::OkStatus();
}

absl::Status SaveState(const Args& args, const Model& model, const StateStore& store) {
  if (!args.Has("--save")) return absl::OkStatus();
  TensorMap state;
  for (const std::string& name : store.Names()) state[name] = store.Get(name);
  return io::SaveModel(args.Get("--save"), model, state);
}

absl::Status Run(const Args& args, Console* console) {
  DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded, LoadModel(args));
  DAGRAD_ASSIGN_OR_RETURN(const Function* f, ChooseFunction(loaded.model, args));
  DAGRAD_RETURN_IF_ERROR(CheckOutputs(*f, args));
  DAGRAD_ASSIGN_OR_RETURN(const TensorMap feeds, ReadFeeds(*f, args));
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                          Executable::Compile(*f, CompileWithin(args)));
  if (args.Has("--check-numerics"))
    DAGRAD_RETURN_IF_ERROR(CheckNumerics(*f, feeds, loaded.state, args.budget));
  StateStore store;
  for (auto& [name, tensor] : loaded.state) store.Set(name, std::move(tensor));
  DAGRAD_ASSIGN_OR_RETURN(const TensorMap outputs,
                          executable->Run(feeds, &store, {args.budget, false}));
  DAGRAD_RETURN_IF_ERROR(WriteOutputs(*f, outputs, args, console));
  return SaveState(args, loaded.model, store);
}

}  // namespace

const Command& RunCommand() {
  static const auto* const command = new Command{
      "run",
      "FILE",
      "run a function of a model on .npy files",
      "Runs one function once. Inputs are NumPy files of the function's dtypes. Outputs are "
      "written as NumPy\n"
      "files, or printed in short if none is asked for. FILE stays as it is; --save keeps the new "
      "state.",
      {{"--function", "-f", "NAME", "which function; the only one, or predict, if not given"},
       {"--input", "-i", "NAME=FILE", "the value of an input", true},
       {"--output", "-o", "NAME=FILE", "where to write an output", true},
       {"--save", "", "PATH", "writes the model with the state after the run"},
       {"--check-numerics", "", "",
        "first runs node by node and fails at the first that makes a NaN"}},
      Run};
  return *command;
}

}  // namespace dagrad::tools
