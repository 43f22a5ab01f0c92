// Writes the models of tests/models and benchmarks/models, and those that are given, as cases of
// ONNX: predict of each below DIR/models/, and below DIR/training/ those of tests/models with
// train_step and, as losses.pb, the losses of 20 steps on one batch. check_export.py compares them
// with ONNX Runtime.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dagrad/benchmarks/models/models.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/models/test_models.h"
#include "dagrad/tests/onnx/case_files.h"
#include "dagrad/tools/drawn_values.h"

namespace dagrad::tests {
namespace {

constexpr int kSteps = 20;

io::TensorMap CopyOf(const StateStore& store) {
  io::TensorMap state;
  for (const std::string& name : store.Names()) state[name] = *store.Get(name).Clone();
  return state;
}

// `predict` on a batch that fits its inputs.
absl::Status WritePredict(const std::string& dir, const Model& graph, const io::TensorMap& state,
                          StateStore* store, const std::vector<Named>& inputs) {
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model written, io::ToOnnx(graph, state));
  const Function& f = *graph.FindFunction("predict");
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f));
  runtime::TensorMap feeds;
  for (const Named& input : inputs) feeds[input.name] = input.tensor;
  DAGRAD_ASSIGN_OR_RETURN(const auto results, executable->Run(feeds, store));
  std::vector<Named> outputs;
  for (const Function::Output& output : f.outputs)
    outputs.push_back({output.name, results.at(output.name)});
  return WriteCase(dir, written, inputs, outputs);
}

absl::Status WriteTraining(const std::string& dir, const Model& graph, const io::TensorMap& state,
                           StateStore* store, const std::vector<Named>& inputs) {
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model written,
                          io::ToOnnx(graph, state, {.function = "train_step"}));
  const Function& f = *graph.FindFunction("train_step");
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f));
  runtime::TensorMap feeds;
  for (const Named& input : inputs) feeds[input.name] = input.tensor;
  std::vector<float> losses;
  for (int step = 0; step < kSteps; ++step) {
    DAGRAD_ASSIGN_OR_RETURN(const auto results, executable->Run(feeds, store));
    losses.push_back(results.at("loss").data<float>()[0]);
  }
  DAGRAD_RETURN_IF_ERROR(WriteCase(dir, written, inputs, {}));
  return Write(dir + "/losses.pb", {"losses", Tensor::Of<float>({kSteps}, losses)});
}

std::vector<Named> FeedsOf(const Function& f, const std::vector<Tensor>& batch) {
  std::vector<Named> feeds;
  for (size_t i = 0; i < f.inputs.size() && i < batch.size(); ++i)
    feeds.push_back({f.nodes[f.inputs[i]].name, batch[i]});
  return feeds;
}

absl::Status WriteModels(const std::string& dir) {
  mkdir((dir + "/models").c_str(), 0777);
  mkdir((dir + "/training").c_str(), 0777);
  for (const testing::TestModel& m : testing::TestModels()) {
    const Model graph = testing::GraphOf(m);
    const auto store = testing::InitialState(graph);
    const io::TensorMap state = CopyOf(*store);
    const std::vector<Tensor> batch = testing::Batch(m, 8, 1);
    DAGRAD_RETURN_IF_ERROR(WritePredict(absl::StrCat(dir, "/models/", m.name), graph, state,
                                        store.get(),
                                        FeedsOf(*graph.FindFunction("predict"), batch)));
    DAGRAD_RETURN_IF_ERROR(WriteTraining(absl::StrCat(dir, "/training/", m.name), graph, state,
                                         store.get(),
                                         FeedsOf(*graph.FindFunction("train_step"), batch)));
  }
  return absl::OkStatus();
}

// Numbers for an input of a model of benchmarks/: tokens are small.
Tensor Drawn(const ValueType& type, int64_t rows) {
  Bindings bindings;
  absl::btree_set<std::string> symbols;
  for (const Dim& dim : type.shape.dims()) dim.CollectSymbols(&symbols);
  for (const std::string& symbol : symbols) bindings[symbol] = rows;
  Tensor t = *Tensor::Zeros(DType::kFloat32, *type.shape.Bind(bindings));
  uint32_t bits = 1;
  for (float& v : t.mutable_data<float>()) {
    bits = bits * 1664525 + 1013904223;
    v = IsFloating(type.dtype) ? static_cast<float>(bits >> 8) * 0x1p-23f - 1
                               : static_cast<float>(bits >> 29);
  }
  return *t.Cast(type.dtype);
}

absl::Status WriteBenchmarks(const std::string& dir) {
  for (const std::string& name : benchmarks::ModelNames()) {
    DAGRAD_ASSIGN_OR_RETURN(keras::Model model, benchmarks::MakeModel(name, std::nullopt));
    DAGRAD_ASSIGN_OR_RETURN(const Model graph, model.Graph());
    const auto store = testing::InitialState(graph);
    const Function& f = *graph.FindFunction("predict");
    std::vector<Named> feeds;
    for (NodeId id : f.inputs)
      feeds.push_back({f.nodes[id].name, Drawn(f.nodes[id].outputs[0], 2)});
    const absl::Status status = WritePredict(absl::StrCat(dir, "/models/bench_", name), graph,
                                             CopyOf(*store), store.get(), feeds);
    if (!status.ok()) std::fprintf(stderr, "%s: %s\n", name.c_str(), status.ToString().c_str());
  }
  return absl::OkStatus();
}

// A model that was saved, with its weights.
absl::Status WriteSaved(const std::string& dir, const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel saved, io::LoadModel(path, ops::FindOp));
  const Function* f = saved.model.FindFunction("predict");
  if (f == nullptr) return NotFoundError(absl::StrCat(path, " has no function predict"));
  DAGRAD_ASSIGN_OR_RETURN(const auto inputs, tools::DrawInputs(*f, {{"batch", 3}}));
  StateStore store;
  for (const auto& [name, tensor] : saved.state) store.Set(name, tensor);
  std::string name = absl::StrReplaceAll(path, {{"/", "_"}});
  return WritePredict(absl::StrCat(dir, "/models/saved_", name), saved.model, saved.state, &store,
                      FeedsOf(*f, inputs));
}

}  // namespace
}  // namespace dagrad::tests

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: export_models DIR [MODEL]...\n");
    return 2;
  }
  mkdir(argv[1], 0777);
  absl::Status status = dagrad::tests::WriteModels(argv[1]);
  if (status.ok()) status = dagrad::tests::WriteBenchmarks(argv[1]);
  for (int i = 2; i < argc && status.ok(); ++i)
    status = dagrad::tests::WriteSaved(argv[1], argv[i]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
