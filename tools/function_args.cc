#include "dagrad/tools/function_args.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/table.h"

namespace dagrad::tools {
namespace {

std::string NamesOf(const Model& model) {
  return Printable(absl::StrJoin(model.functions, ", ",
                                 [](std::string* out, const Function& f) { *out += f.name; }),
                   512);
}

// The names in the shapes of the inputs.
std::vector<std::string> SymbolsOf(absl::Span<const Function* const> functions) {
  absl::btree_set<std::string> symbols;
  for (const Function* f : functions) {
    for (NodeId id : f->inputs) {
      for (const Dim& dim : f->nodes[id].outputs[0].shape.dims()) dim.CollectSymbols(&symbols);
    }
  }
  return {symbols.begin(), symbols.end()};
}

}  // namespace

std::vector<const Function*> AllFunctions(const Model& model) {
  std::vector<const Function*> functions;
  for (const Function& f : model.functions) functions.push_back(&f);
  return functions;
}

absl::StatusOr<Bindings> ReadBindings(const Args& args,
                                      absl::Span<const Function* const> functions) {
  const std::vector<std::string> known = SymbolsOf(functions);
  Bindings bindings;
  std::vector<std::string> texts = args.All("--dim");
  if (args.Has("--batch")) texts.push_back(absl::StrCat("batch=", args.Get("--batch")));
  for (const std::string& text : texts) {
    DAGRAD_ASSIGN_OR_RETURN(const auto pair, SplitPair("--dim", text));
    int64_t size = 0;
    if (!absl::SimpleAtoi(pair.second, &size) || size < 0 || size > kMaxDim) {
      return UsageError(
          absl::StrCat("\"", Printable(pair.second), "\" is no size of ", Printable(pair.first)));
    }
    if (std::find(known.begin(), known.end(), pair.first) == known.end()) {
      return NotFoundError(absl::StrCat(
          functions.size() == 1 ? "function " + Printable(functions[0]->name) : "the model",
          " has no dimension \"", Printable(pair.first), "\"", PerhapsOf(pair.first, known)));
    }
    bindings[pair.first] = size;
  }
  return bindings;
}

Bindings WithOnes(const Shape& shape, const Bindings& given) {
  absl::btree_set<std::string> symbols;
  for (const Dim& dim : shape.dims()) dim.CollectSymbols(&symbols);
  Bindings bindings = given;
  for (const std::string& symbol : symbols) bindings.try_emplace(symbol, 1);
  return bindings;
}

absl::StatusOr<const Function*> ChooseFunction(const Model& model, const Args& args) {
  if (!args.Has("--function") && model.functions.size() == 1) return &model.functions[0];
  const std::string name = args.Has("--function") ? args.Get("--function") : "predict";
  if (const Function* f = model.FindFunction(name); f != nullptr) return f;
  return NotFoundError(absl::StrCat("the model has no function \"", Printable(name),
                                    "\"; it has: ", NamesOf(model)));
}

absl::StatusOr<io::LoadedModel> LoadModel(const Args& args, bool weights) {
  io::LoadOptions options;
  options.limits.budget = args.budget;
  options.weights = weights;
  return io::LoadModel(args.operands[0], ops::FindOp, options);
}

CompileOptions CompileWithin(const Args& args) {
  CompileOptions options;
  options.memory_limit_bytes = args.memory_limit_bytes;
  options.budget = args.budget;
  return options;
}

}  // namespace dagrad::tools
