// dagrad convert
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/function_args.h"

namespace dagrad::tools {
namespace {

absl::StatusOr<io::ImportOnnxOptions::Weights> WeightsOf(const std::string& text) {
  using Weights = io::ImportOnnxOptions::Weights;
  if (text.empty() || text == "trainable") return Weights::kTrainable;
  if (text == "frozen") return Weights::kFrozen;
  if (text == "constant") return Weights::kConstant;
  return UsageError(
      absl::StrCat("--weights takes trainable, frozen or constant, not \"", text, "\""));
}

absl::StatusOr<Shape> ReadShape(absl::string_view text) {
  Shape shape;
  if (text.empty()) return shape;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    DAGRAD_ASSIGN_OR_RETURN(const Dim dim, Dim::Parse(part));
    shape.push_back(dim);
  }
  return shape;
}

// The tensor of a file of NumPy, or a number: an integer, or else a float32.
absl::StatusOr<Tensor> ReadConstant(const std::string& text, const Budget& budget) {
  int64_t integer = 0;
  float number = 0;
  if (absl::SimpleAtoi(text, &integer)) return Tensor::Scalar<int64_t>(integer);
  if (absl::SimpleAtof(text, &number)) return Tensor::Scalar<float>(number);
  if (absl::EndsWith(text, ".npy")) return io::ReadNpy(text, budget);
  return UsageError(
      absl::StrCat("--constant takes a number or a file named *.npy, not \"", text, "\""));
}

// Options that the other direction has are not passed over.
absl::Status RefuseOptions(const Args& args, std::initializer_list<absl::string_view> names,
                           absl::string_view direction) {
  for (absl::string_view name : names) {
    if (args.Has(name)) return UsageError(absl::StrCat(name, " is for ", direction));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> NumberOf(const Args& args, absl::string_view option) {
  int64_t number = 0;
  if (absl::SimpleAtoi(args.Get(option), &number) && number >= 0) return number;
  return UsageError(absl::StrCat(option, " takes a number, not \"", args.Get(option), "\""));
}

absl::Status Import(const Args& args, Console* console) {
  const std::string &from = args.operands[0], &to = args.operands[1];
  DAGRAD_RETURN_IF_ERROR(RefuseOptions(args, {"--function", "--opset", "--flat", "--external"},
                                       "writing a model of ONNX"));
  io::ImportOnnxOptions options;
  options.limits.budget = args.budget;
  DAGRAD_ASSIGN_OR_RETURN(options.weights, WeightsOf(args.Get("--weights")));
  for (const std::string& given : args.All("--shape")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--shape", given, /*may_be_empty=*/true));
    const absl::StatusOr<Shape> shape = ReadShape(pair.second);
    if (!shape.ok()) return UsageError(absl::StrCat("--shape: ", shape.status().message()));
    options.shapes[pair.first] = *shape;
  }
  for (const std::string& given : args.All("--constant")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--constant", given));
    DAGRAD_ASSIGN_OR_RETURN(options.constants[pair.first], ReadConstant(pair.second, args.budget));
  }
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded, io::ImportOnnx(from, options));
  DAGRAD_RETURN_IF_ERROR(io::SaveModel(to, loaded.model, loaded.state));
  const Function& function = loaded.model.functions[0];
  console->out = absl::StrCat(Printable(to), ": ", function.nodes.size(), " nodes, ",
                              loaded.model.states.size(), " weights\n");
  return absl::OkStatus();
}

absl::Status Export(const Args& args, Console* console) {
  const std::string& to = args.operands[1];
  DAGRAD_RETURN_IF_ERROR(
      RefuseOptions(args, {"--weights", "--shape", "--constant"}, "reading a model of ONNX"));
  io::ExportOnnxOptions options;
  if (args.Has("--flat")) options.compositions = io::ExportOnnxOptions::Compositions::kNodes;
  if (args.Has("--opset")) {
    DAGRAD_ASSIGN_OR_RETURN(options.opset, NumberOf(args, "--opset"));
  }
  if (args.Has("--external")) {
    DAGRAD_ASSIGN_OR_RETURN(options.external_bytes, NumberOf(args, "--external"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded, LoadModel(args));
  DAGRAD_ASSIGN_OR_RETURN(const Function* const function, ChooseFunction(loaded.model, args));
  options.function = function->name;
  DAGRAD_RETURN_IF_ERROR(args.budget.Check());
  DAGRAD_RETURN_IF_ERROR(io::ExportOnnx(loaded.model, loaded.state, to, options));
  console->out = absl::StrCat(Printable(to), ": function ", Printable(options.function), "\n");
  return absl::OkStatus();
}

absl::Status Convert(const Args& args, Console* console) {
  const bool reads = absl::EndsWith(args.operands[0], ".onnx"),
             writes = absl::EndsWith(args.operands[1], ".onnx");
  if (reads != writes) return reads ? Import(args, console) : Export(args, console);
  return UsageError(
      absl::StrCat("one of FROM and TO is a file named *.onnx, not ", reads ? "both" : "neither"));
}

}  // namespace

const Command& ConvertCommand() {
  static const auto* const command = new Command{
      "convert",
      "FROM TO",
      "a model of ONNX as one of dagrad's, or the other way round",
      "Reads FROM, a file named *.onnx, and writes TO, a model as the other commands read it: the "
      "directory of\n"
      "one, or a file named *.pb or *.pbtxt. The graph becomes the function predict; initializers "
      "of floats\n"
      "become its state. Or, if TO is named *.onnx, writes a function of the model FROM there. A "
      "function that\n"
      "updates state has it as inputs and, as \"NAME:new\", outputs.",
      {{"--weights", "", "trainable|frozen|constant",
        "what initializers become; trainable without"},
       {"--shape", "-s", "INPUT=DIMS", "the shape of an input, as 8,3,height,width", true},
       {"--constant", "-c", "INPUT=VALUE",
        "a number, or a file of NumPy: what the input is for good, and need not be fed", true},
       {"--function", "-f", "NAME",
        "the function that is written; the only one, or predict, if not given"},
       {"--opset", "", "N", "of ONNX, 17 to 28; 17 without, 18 where random numbers are drawn"},
       {"--flat", "", "", "write ops that ONNX does not have as nodes, not as calls of functions"},
       {"--external", "", "BYTES",
        "state of that many bytes or more goes to a file of its own beside TO"}},
      Convert};
  return *command;
}

}  // namespace dagrad::tools
