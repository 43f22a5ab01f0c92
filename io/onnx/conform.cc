#include "dagrad/io/onnx/conform.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/node_import.h"
#include "dagrad/io/onnx/tensors.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::onnx {
namespace {

namespace files = std::filesystem;
using Outcome = CaseResult::Outcome;

// The tensors of one data set.
struct DataSet {
  std::map<std::string, Tensor> inputs;
  std::vector<Tensor> outputs;
};

absl::StatusOr<std::vector<Tensor>> ReadTensors(const files::path& folder, absl::string_view kind,
                                                const ReadLimits& limits) {
  std::vector<Tensor> tensors;
  ExternalData external("");
  while (true) {
    const files::path path = folder / absl::StrCat(kind, "_", tensors.size(), ".pb");
    std::error_code error;
    if (!files::exists(path, error)) return tensors;
    DAGRAD_ASSIGN_OR_RETURN(const proto::Tensor message, ReadTensorFile(path.string(), limits));
    DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, ToTensor(message, &external));
    tensors.push_back(std::move(tensor));
  }
}

// Names of the inputs that are fed: those that are no initializers.
std::vector<std::string> FedInputs(const proto::Graph& graph) {
  std::vector<std::string> names;
  for (const proto::ValueInfo& input : graph.input()) {
    const auto is_it = [&input](const proto::Tensor& t) { return t.name() == input.name(); };
    if (std::none_of(graph.initializer().begin(), graph.initializer().end(), is_it))
      names.push_back(input.name());
  }
  return names;
}

bool AllAreTensors(const proto::Graph& graph) {
  const auto is_tensor = [](const proto::ValueInfo& v) {
    return v.type().value_case() == proto::Type::kTensorType;
  };
  return std::all_of(graph.input().begin(), graph.input().end(), is_tensor) &&
         std::all_of(graph.output().begin(), graph.output().end(), is_tensor);
}

absl::StatusOr<DataSet> ReadDataSet(const files::path& folder, const proto::Graph& graph,
                                    const ReadLimits& limits) {
  DataSet set;
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, ReadTensors(folder, "input", limits));
  DAGRAD_ASSIGN_OR_RETURN(set.outputs, ReadTensors(folder, "output", limits));
  const std::vector<std::string> names = FedInputs(graph);
  if (inputs.size() > names.size())
    return InvalidArgumentError(absl::StrCat(folder.string(), " has more inputs than the model"));
  for (size_t i = 0; i < inputs.size(); ++i) set.inputs[names[i]] = inputs[i];
  return set;
}

// Older cases store bfloat16 as the uint16 of its bits.
absl::StatusOr<Tensor> AsDeclared(const Tensor& stored, DType declared) {
  if (stored.dtype() != DType::kUInt16 || declared != DType::kBFloat16) return stored;
  DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Allocate(declared, stored.dims()));
  if (t.byte_size() > 0) std::memcpy(t.mutable_bytes(), stored.bytes(), t.byte_size());
  return t;
}

// How `y` differs from what is expected; empty if it does not.
std::string Difference(const Tensor& y, const Tensor& expected, const ConformOptions& options) {
  if (y.dtype() != expected.dtype() || y.dims() != expected.dims()) {
    return absl::StrCat("is ", DTypeName(y.dtype()), DimsToString(y.dims()), " and not ",
                        DTypeName(expected.dtype()), DimsToString(expected.dims()));
  }
  if (y.dtype() == DType::kString) {
    return SameBits(y, expected)
               ? ""
               : absl::StrCat("is ", y.ToString(), " and not ", expected.ToString());
  }
  const auto a = y.Cast(DType::kFloat64), b = expected.Cast(DType::kFloat64);
  if (!a.ok() || !b.ok()) return "cannot be compared";
  const absl::Span<const double> got = a->data<double>(), want = b->data<double>();
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))) continue;
    if (std::abs(got[i] - want[i]) <= options.absolute + options.relative * std::abs(want[i]))
      continue;
    return absl::StrCat("has ", got[i], " and not ", want[i], " at element ", i);
  }
  return "";
}

// What the message of an Unimplemented says is missing.
std::vector<std::string> MissingOf(absl::string_view message) {
  std::vector<std::string> missing;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(message, absl::MaxSplits("ops that are not imported: ", 1));
  if (!parts.second.empty()) {
    for (absl::string_view op : absl::StrSplit(parts.second, "), "))
      missing.push_back(absl::StrCat("op ", op.substr(0, op.find(' '))));
    return missing;
  }
  const size_t dtype = message.find("dtype ");
  if (dtype != absl::string_view::npos) {
    const absl::string_view rest = message.substr(dtype);
    return {std::string(rest.substr(0, rest.find_first_of(",;)", 6)))};
  }
  const size_t open = message.find('('), close = message.find(')');
  if (open != absl::string_view::npos && close != absl::string_view::npos && open < close)
    return {absl::StrCat("op ", message.substr(open + 1, close - open - 1), ", in part")};
  return {std::string(message)};
}

// One case, for one data set after the other.
class Case {
 public:
  Case(const files::path& folder, const ConformOptions& options)
      : folder_(folder), options_(options) {
    limits_.budget = options.budget;
  }

  // OK with a text that says how results differ, which is empty if they do not.
  absl::StatusOr<std::string> Run() {
    DAGRAD_ASSIGN_OR_RETURN(model_, ReadModel((folder_ / "model.onnx").string(), limits_));
    if (!AllAreTensors(model_.graph()))
      return UnimplementedError("dtype of sequences, maps and optionals");
    int sets = 0;
    std::error_code error;
    for (;; ++sets) {
      const files::path set = folder_ / absl::StrCat("test_data_set_", sets);
      if (!files::is_directory(set, error)) break;
      DAGRAD_ASSIGN_OR_RETURN(const DataSet data, ReadDataSet(set, model_.graph(), limits_));
      DAGRAD_ASSIGN_OR_RETURN(const std::string difference, RunWith(data));
      if (!difference.empty()) return difference;
    }
    if (sets == 0) return NotFoundError("it has no test_data_set_0");
    return std::string();
  }
  int constants() const { return constants_; }

 private:
  // What must be known is tried to be nothing, then the inputs of integers, then all of one axis
  // at most, then all.
  absl::StatusOr<io::LoadedModel> Import(const DataSet& data) {
    absl::StatusOr<io::LoadedModel> loaded;
    for (int known = 0; known < 4; ++known) {
      io::ImportOnnxOptions import = {.weights = io::ImportOnnxOptions::Weights::kFrozen,
                                      .limits = limits_};
      for (const auto& [name, tensor] : data.inputs) {
        import.shapes[name] = Shape(absl::MakeConstSpan(tensor.dims()));
        const bool is_small = tensor.rank() <= 1;
        if (known == 3 || (known >= 1 && !IsFloating(tensor.dtype())) || (known == 2 && is_small))
          import.constants[name] = tensor;
      }
      constants_ = static_cast<int>(import.constants.size());
      loaded = io::ImportOnnx(model_, folder_.string(), import);
      if (loaded.ok() || !IsNeedOfConstant(loaded.status())) break;
    }
    return loaded;
  }

  absl::StatusOr<std::string> RunWith(const DataSet& data) {
    DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded, Import(data));
    const Function& function = loaded.model.functions[0];
    DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                            Executable::Compile(function, {.budget = options_.budget}));
    StateStore state;
    for (const auto& [name, tensor] : loaded.state) state.Set(name, tensor);
    TensorMap feeds;
    for (NodeId id : function.inputs) {
      const auto found = data.inputs.find(function.nodes[id].name);
      if (found == data.inputs.end()) continue;
      DAGRAD_ASSIGN_OR_RETURN(feeds[found->first],
                              AsDeclared(found->second, function.nodes[id].outputs[0].dtype));
    }
    DAGRAD_ASSIGN_OR_RETURN(const TensorMap results,
                            executable->Run(feeds, &state, {.budget = options_.budget}));
    for (size_t i = 0; i < data.outputs.size(); ++i) {
      if (i >= function.outputs.size()) return std::string("has fewer outputs");
      const std::string& name = function.outputs[i].name;
      const Tensor& y = results.at(name);
      DAGRAD_ASSIGN_OR_RETURN(const Tensor expected, AsDeclared(data.outputs[i], y.dtype()));
      const std::string difference = Difference(y, expected, options_);
      if (!difference.empty()) return absl::StrCat("output ", name, " ", difference);
    }
    return std::string();
  }

  files::path folder_;
  const ConformOptions& options_;
  ReadLimits limits_;
  proto::Model model_;
  int constants_ = 0;
};

CaseResult RunCase(const files::path& folder, std::string name, const ConformOptions& options) {
  CaseResult result = {.name = std::move(name)};
  Case one(folder, options);
  const absl::StatusOr<std::string> difference = one.Run();
  result.constants = one.constants();
  if (difference.ok()) {
    result.outcome = difference->empty() ? Outcome::kPassed : Outcome::kMismatched;
    result.reason = *difference;
    return result;
  }
  result.reason = std::string(difference.status().message());
  if (absl::IsUnimplemented(difference.status())) {
    result.outcome = Outcome::kUnsupported;
    result.missing = MissingOf(difference.status().message());
  }
  return result;
}

absl::StatusOr<std::vector<files::path>> FindCases(const std::string& directory) {
  std::error_code error;
  std::vector<files::path> folders;
  files::recursive_directory_iterator it(directory, error), end;
  if (error) return NotFoundError(absl::StrCat("cannot list ", directory, ": ", error.message()));
  if (files::exists(files::path(directory) / "model.onnx", error)) folders.emplace_back(directory);
  constexpr int kMostDeep = 8;
  for (; it != end; it.increment(error)) {
    if (error) return NotFoundError(absl::StrCat("cannot list ", directory));
    if (it.depth() >= kMostDeep) it.disable_recursion_pending();
    if (it->path().filename() == "model.onnx") folders.push_back(it->path().parent_path());
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  if (folders.empty())
    return NotFoundError(absl::StrCat(directory, " has no case: no folder with model.onnx"));
  return folders;
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  constexpr absl::string_view kNames[] = {"passed", "mismatched", "unsupported", "failed"};
  return kNames[static_cast<int>(outcome)];
}

absl::StatusOr<std::vector<CaseResult>> RunConformance(const std::string& directory,
                                                       const ConformOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<files::path> folders, FindCases(directory));
  std::vector<std::pair<files::path, std::string>> chosen;
  for (const files::path& folder : folders) {
    std::string name = folder.lexically_relative(directory).string();
    if (name == ".") name = folder.filename().string();
    if (absl::StrContains(name, options.only)) chosen.emplace_back(folder, std::move(name));
  }
  if (chosen.empty())
    return NotFoundError(absl::StrCat("no case has \"", options.only, "\" in its name"));
  std::vector<CaseResult> results;
  for (auto& [folder, name] : chosen) {
    DAGRAD_RETURN_IF_ERROR(options.budget.Check());
    results.push_back(RunCase(folder, std::move(name), options));
    if (options.report == nullptr) continue;
    DAGRAD_RETURN_IF_ERROR(options.report(results.back(), static_cast<int>(results.size()),
                                          static_cast<int>(chosen.size())));
  }
  return results;
}

}  // namespace dagrad::onnx
