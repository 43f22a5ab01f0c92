// Descriptions of Keras models (JSON) in otherwise sound files: loading, prediction, training,
// saving again. The first byte says which of the saved models the description is put into.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/file.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/write_file.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/fuzz/json_mutator.h"
#include "dagrad/tests/fuzz/saved_models.h"

namespace dagrad::tests {
namespace {

constexpr int64_t kMaxElements = 100'000;

struct Saved {
  std::string directory;
  Model model;
};

const std::vector<Saved>& AllSaved() {
  static const auto* all = [] {
    auto* list = new std::vector<Saved>;
    const std::string parent = FileWith("keras", "");
    std::filesystem::remove(parent);
    std::filesystem::create_directories(parent);
    for (int i = 0; i < kNumSavedModels; ++i) {
      const std::string directory = absl::StrCat(parent, "/", i);
      const absl::Status saved = MakeSavedModel(i).Save(directory);
      if (!saved.ok()) Finding(saved.ToString());
      absl::StatusOr<io::LoadedModel> loaded = io::LoadModel(directory, ops::FindOp);
      if (!loaded.ok()) Finding(loaded.status().ToString());
      list->push_back({directory, std::move(loaded->model)});
    }
    return list;
  }();
  return *all;
}

// One batch of three examples for the model's inputs; nothing where they are too large.
std::vector<Tensor> SomeInputs(const keras::Model& model) {
  const absl::StatusOr<Model> graph = model.Graph();
  if (!graph.ok()) return {};
  const Function* predict = graph->FindFunction("predict");
  std::vector<Tensor> inputs;
  for (const NodeId id : predict->inputs) {
    const ValueType& type = predict->nodes[id].outputs[0];
    const absl::StatusOr<Dims> dims = type.shape.Bind({{"batch", 3}});
    if (!dims.ok() || NumElements(*dims) > kMaxElements) return {};
    absl::StatusOr<Tensor> zeros = Tensor::Zeros(type.dtype, *dims);
    if (!zeros.ok()) return {};
    inputs.push_back(*std::move(zeros));
  }
  return inputs;
}

void Use(keras::Model model, const Budget& budget) {
  CheckAnswer(model.Summary().status());
  const std::vector<Tensor> inputs = SomeInputs(model);
  if (inputs.empty()) return;
  const auto outputs = model.PredictAll(inputs, {.batch_size = 2, .budget = budget});
  CheckAnswer(outputs.status());
  if (!outputs.ok()) return;
  CheckAnswer(
      model.Fit(inputs, *outputs, {.batch_size = 2, .verbose = 0, .budget = budget}).status());
  const std::string copy = absl::StrCat(AllSaved()[0].directory, "-copy");
  const absl::Status saved = model.Save(copy);
  CheckAnswer(saved);
  if (!saved.ok()) return;
  const auto again = keras::Model::Load(copy);
  if (!again.ok()) Finding(absl::StrCat("cannot load what was saved: ", again.status().ToString()));
}

}  // namespace
}  // namespace dagrad::tests

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto& all = dagrad::tests::AllSaved();
  const dagrad::tests::Saved& saved = all[data[0] % all.size()];
  dagrad::Model model = saved.model;
  model.metadata["keras"] = std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  const absl::StatusOr<std::string> bytes = dagrad::SerializeModel(model);
  if (!bytes.ok()) return 0;  // text that is no UTF-8
  const absl::Status written =
      dagrad::io::WriteFile(absl::StrCat(saved.directory, "/model.pb"), *bytes);
  if (!written.ok()) dagrad::tests::Finding(written.ToString());
  const dagrad::Budget budget = dagrad::tests::InputBudget();
  absl::StatusOr<dagrad::keras::Model> loaded = dagrad::keras::Model::Load(saved.directory, budget);
  dagrad::tests::CheckAnswer(loaded.status());
  if (loaded.ok()) dagrad::tests::Use(*std::move(loaded), budget);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  return dagrad::tests::MutateJsonBehindByte(data, size, max_size, seed);
}
