// dagrad convert
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
#include "dagrad/io/onnx/import.h"
#include "dagrad/tools/command.h"

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

absl::Status Convert(const Args& args, Console* console) {
  const std::string &from = args.operands[0], &to = args.operands[1];
  if (!absl::EndsWith(from, ".onnx")) {
    return UsageError(absl::StrCat("only models of ONNX (.onnx) are converted, and \"", from,
                                   "\" is not named like one"));
  }
  io::ImportOnnxOptions options;
  options.limits.budget = args.budget;
  DAGRAD_ASSIGN_OR_RETURN(options.weights, WeightsOf(args.Get("--weights")));
  for (const std::string& given : args.All("--shape")) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--shape", given));
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

}  // namespace

const Command& ConvertCommand() {
  static const auto* const command = new Command{
      "convert",
      "FROM TO",
      "a model of ONNX as one of dagrad's",
      "Reads FROM, a file named *.onnx, and writes TO, a model as the other commands read it: the "
      "directory of\n"
      "one, or a file named *.pb or *.pbtxt. The graph becomes the function predict; initializers "
      "of floats\n"
      "become its state.",
      {{"--weights", "", "trainable|frozen|constant",
        "what initializers become; trainable without"},
       {"--shape", "-s", "INPUT=DIMS", "the shape of an input, as 8,3,height,width", true},
       {"--constant", "-c", "INPUT=VALUE",
        "a number, or a file of NumPy: what the input is for good, and need not be fed", true}},
      Convert};
  return *command;
}

}  // namespace dagrad::tools
