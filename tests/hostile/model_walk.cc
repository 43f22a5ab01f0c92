#include "dagrad/tests/hostile/model_walk.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/file.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/executable.h"
#include "dagrad/tools/command.h"

namespace dagrad::tests {
namespace {

constexpr size_t kLargestFile = size_t{64} << 20;
constexpr int64_t kMemoryLimit = int64_t{64} << 20;
constexpr int64_t kLargestTensor = int64_t{8} << 20;  // elements of a feed or state

absl::Status RunCommands(const std::string& path) {
  for (const tools::Command* c : {&tools::ShowCommand(), &tools::CheckCommand(),
                                  &tools::DotCommand(), &tools::OptimizeCommand()}) {
    std::vector<std::string> words = {path};
    if (c->name == "optimize")
      words.insert(words.end(), {"--explain", "--memory-limit", absl::StrCat(kMemoryLimit)});
    DAGRAD_ASSIGN_OR_RETURN(const tools::Args args, tools::ParseArgs(*c, words));
    tools::Console console;
    const absl::Status status = c->run(args, &console);
    if (absl::IsInternal(status)) return status;
    if (!status.ok() && status.message().empty())
      return absl::InternalError(absl::StrCat(c->name, " fails without words"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Model> Parse(const std::string& path, const std::string& bytes) {
  return absl::EndsWith(path, ".pbtxt") ? ParseModelText(bytes, ops::FindOp)
                                        : ParseModel(bytes, ops::FindOp);
}

absl::Status Unreadable(absl::string_view what, const absl::Status& status) {
  return absl::InternalError(absl::StrCat(what, ": ", status.ToString()));
}

// What was read can be written, and read again, with nothing changed.
absl::Status CheckRoundTrips(const Model& model) {
  const absl::Status valid = ValidateModel(model);
  if (!valid.ok()) return Unreadable("read, but not valid", valid);
  const absl::StatusOr<std::string> bytes = SerializeModel(model);
  if (!bytes.ok()) return Unreadable("what was read cannot be written", bytes.status());
  const absl::StatusOr<Model> again = ParseModel(*bytes, ops::FindOp);
  if (!again.ok()) return Unreadable("what was written cannot be read", again.status());
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes_again, SerializeModel(*again));
  if (bytes_again != *bytes) return absl::InternalError("the bytes change");
  const absl::StatusOr<std::string> text = ModelToText(model);
  if (!text.ok()) return absl::OkStatus();  // unknown fields have no names
  const absl::StatusOr<Model> from_text = ParseModelText(*text, ops::FindOp);
  if (!from_text.ok()) return Unreadable("the text cannot be read", from_text.status());
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes_of_text, SerializeModel(*from_text));
  if (bytes_of_text != *bytes) return absl::InternalError("the bytes change through text");
  return absl::OkStatus();
}

absl::StatusOr<Tensor> SmallNumbers(const ValueType& type, const Bindings& bindings) {
  DAGRAD_ASSIGN_OR_RETURN(const Dims dims, type.shape.Bind(bindings));
  if (NumElements(dims) > kLargestTensor)
    return absl::ResourceExhaustedError(absl::StrCat(type.ToString(), " is too large to feed"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Zeros(DType::kFloat64, dims));
  double value = 0;
  for (double& v : t.mutable_data<double>()) v = value = value >= 2 ? 0 : value + 0.5;
  return t.Cast(type.dtype);
}

absl::StatusOr<std::vector<Tensor>> Feeds(const Function& f, const Bindings& bindings) {
  std::vector<Tensor> feeds;
  for (NodeId id : f.inputs) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor feed, SmallNumbers(f.nodes[id].outputs[0], bindings));
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

absl::Status FillStates(const Function& f, StateStore* store) {
  for (NodeId id : f.states) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, SmallNumbers(f.nodes[id].outputs[0], {}));
    store->Set(f.nodes[id].name, std::move(t));
  }
  return absl::OkStatus();
}

// All symbols of the inputs with the same size.
Bindings AllOf(const Function& f, int64_t size) {
  absl::btree_set<std::string> symbols;
  for (NodeId id : f.inputs) {
    for (const Dim& d : f.nodes[id].outputs[0].shape.dims()) d.CollectSymbols(&symbols);
  }
  Bindings bindings;
  for (const std::string& s : symbols) bindings[s] = size;
  return bindings;
}

absl::Status PlanAndRun(const Function& f, const Executable& executable, int64_t size) {
  const Bindings bindings = AllOf(f, size);
  std::vector<Dims> dims;
  for (NodeId id : f.inputs) {
    DAGRAD_ASSIGN_OR_RETURN(Dims d, f.nodes[id].outputs[0].shape.Bind(bindings));
    dims.push_back(std::move(d));
  }
  DAGRAD_RETURN_IF_ERROR(executable.Plan(dims).status());
  StateStore store;
  DAGRAD_RETURN_IF_ERROR(FillStates(f, &store));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, Feeds(f, bindings));
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context, executable.NewContext(&store));
  for (int run = 0; run < 2; ++run) {
    const absl::Status status = executable.Run(context.get(), feeds);
    if (!context->guards_intact()) return absl::InternalError("a kernel wrote beside its buffer");
    DAGRAD_RETURN_IF_ERROR(status);
    for (const Tensor& t : context->outputs()) (void)t.ToString();
  }
  return absl::OkStatus();
}

absl::Status CompileAndRun(const Function& f) {
  for (const auto mode : {runtime::KernelMode::kFast, runtime::KernelMode::kReference}) {
    CompileOptions options;
    options.kernel_mode = mode;
    options.memory_limit_bytes = kMemoryLimit;
    DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                            Executable::Compile(f, options));
    for (int64_t size : {2, 0}) DAGRAD_RETURN_IF_ERROR(PlanAndRun(f, *executable, size));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WalkModel(const std::string& path) {
  DAGRAD_RETURN_IF_ERROR(RunCommands(path));
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes, io::ReadFile(path, kLargestFile));
  const absl::StatusOr<Model> model = Parse(path, bytes);
  if (!model.ok() && model.status().message().empty())
    return absl::InternalError("an error without words");
  DAGRAD_RETURN_IF_ERROR(model.status());
  DAGRAD_RETURN_IF_ERROR(CheckRoundTrips(*model));
  for (const Function& f : model->functions) DAGRAD_RETURN_IF_ERROR(CompileAndRun(f));
  return absl::OkStatus();
}

}  // namespace dagrad::tests
