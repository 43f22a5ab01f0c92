#include "dagrad/io/save_scenarios.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/recorded_file_system.h"
#include "dagrad/io/test_files.h"

namespace dagrad::io::testing {
namespace {

namespace files = std::filesystem;

constexpr int kWeights = 24;
constexpr char kValueKey[] = "value";

Model ModelWith(float value) {
  GraphBuilder g("predict");
  Model model;
  Value sum = g.Input("x", DType::kFloat32, {"batch", 40});
  for (int i = 0; i < kWeights; ++i) {
    const std::string name = absl::StrCat("w", i);
    sum = dagrad::testing::TestAdd(sum, g.State(name, DType::kFloat32, {40}));
    model.states.push_back({name, {DType::kFloat32, {40}}, true, ""});
  }
  g.Output("y", sum);
  model.functions.push_back(*g.Build());
  model.states.push_back({"step", {DType::kInt64, {}}, false, ""});
  model.metadata[kValueKey] = absl::StrCat(value);
  return model;
}

TensorMap StateWith(float value) {
  TensorMap state;
  if (value == kNoWeights) return state;
  for (int i = 0; i < kWeights; ++i) {
    state[absl::StrCat("w", i)] = Tensor::Full(DType::kFloat32, {40}, value);
  }
  state["step"] = Tensor::Scalar<int64_t>(static_cast<int64_t>(value));
  return state;
}

bool AllAre(const TensorMap& state, float value) {
  return std::all_of(state.begin(), state.end(), [&](const auto& entry) {
    const Tensor& t = entry.second;
    return SameBits(t, Tensor::Full(t.dtype(), t.dims(), value));
  });
}

// Files of a save that was killed, and weights that no model names.
void LeaveLeftovers(const std::string& directory) {
  Spill(directory + "a.pb.tmp.99.1", "cut");
  Spill(directory + "a-0123456789abcdef.safetensors.tmp.99.2", "cut");
  Spill(directory + "a-0123456789abcdef.safetensors", "of no model");
}

std::vector<SaveScenario> MakeScenarios() {
  return {
      {"the first save of a directory", "m", {}},
      {"a directory over an older one", "m", {{"m", 1}}},
      {"the first file", "a.pb", {}},
      {"a file beside another", "a.pb", {{"a.pb", 1}, {"b.pb", 5}}},
      {"text over older text", "a.pbtxt", {{"a.pbtxt", 1}}},
      {"text beside binary of the same stem", "a.pbtxt", {{"a.pbtxt", 1}, {"a.pb", 5}}},
      {"binary beside text of the same stem", "a.pb", {{"a.pb", 1}, {"a.pbtxt", 5}}},
      {"a file of which there are copies",
       "a.pb",
       {{"a.pb", 1}},
       [](const std::string& d) {
         for (const char* copy : {"copy.pb", "a.pb.bak", "older"}) {
           files::copy_file(d + "a.pb", d + copy);
         }
       }},
      {"through a link",
       "link.pb",
       {{"real/a.pb", 1}},
       [](const std::string& d) { files::create_symlink("real/a.pb", d + "link.pb"); }},
      {"over what killed saves left", "a.pb", {{"a.pb", 1}}, LeaveLeftovers},
      {"the same once more", "a.pb", {{"a.pb", 2}}},
      {"without weights over one with weights", "a.pb", {{"a.pb", 1}}, nullptr, kNoWeights},
      {"with weights over one without", "m", {{"m", kNoWeights}}},
  };
}

}  // namespace

const std::vector<SaveScenario>& SaveScenarios() {
  static const auto* const scenarios = new std::vector<SaveScenario>(MakeScenarios());
  return *scenarios;
}

void PrepareDirectory(const SaveScenario& scenario, const std::string& directory) {
  files::remove_all(directory);
  files::create_directories(directory);
  for (const auto& [path, value] : scenario.before) {
    files::create_directories(files::path(directory + path).parent_path());
    RecordedFileSystem unsynced;
    const absl::Status saved = SaveValue(directory + path, value, unsynced);
    EXPECT_TRUE(saved.ok()) << saved;
  }
  if (scenario.prepare != nullptr) scenario.prepare(directory);
}

absl::Status SaveValue(const std::string& path, float value, FileSystem& fs) {
  return SaveModel(path, ModelWith(value), StateWith(value), fs);
}

absl::StatusOr<float> LoadValue(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const LoadedModel loaded, LoadModel(path, dagrad::testing::FindTestOp));
  float value = 0;
  auto text = loaded.model.metadata.find(kValueKey);
  if (text == loaded.model.metadata.end() || !absl::SimpleAtof(text->second, &value)) {
    return DataLossError("the model file is cut");
  }
  if (AllAre(loaded.state, value) && loaded.state.empty() == (value == kNoWeights)) return value;
  return DataLossError("the weights are of another save than the model file");
}

std::string FindLoss(const SaveScenario& scenario, const std::string& directory, bool only_new) {
  std::map<std::string, float> old = scenario.before;
  // Copies, links and backups: what they held when they were made.
  for (const char* copy : {"copy.pb", "a.pb.bak", "older"}) {
    if (files::exists(directory + copy)) old[copy] = 1;
  }
  const bool linked = files::is_symlink(directory + scenario.saved);
  const std::string target = linked ? "real/a.pb" : scenario.saved;
  for (const auto& [path, value] : old) {
    if (path == target) continue;
    const absl::StatusOr<float> now = LoadValue(directory + path);
    if (!now.ok()) return absl::StrCat(path, " is lost: ", now.status().ToString());
    if (*now != value) return absl::StrCat(path, " holds ", *now, " instead of ", value);
  }
  const absl::StatusOr<float> now = LoadValue(directory + scenario.saved);
  if (now.ok() && *now == scenario.value) return "";
  auto it = old.find(target);
  const bool is_old =
      it == old.end() ? absl::IsNotFound(now.status()) : now.ok() && *now == it->second;
  if (is_old && !only_new) return "";
  return absl::StrCat(scenario.saved, now.ok() ? absl::StrCat(" holds ", *now)
                                               : absl::StrCat(": ", now.status().ToString()));
}

std::vector<std::string> Tree(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : files::recursive_directory_iterator(directory)) {
    paths.push_back(entry.path().lexically_relative(directory).string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace dagrad::io::testing
