// Power is lost after any of the calls of a save.
#include "dagrad/io/power_loss.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/recorded_file_system.h"
#include "dagrad/io/save_scenarios.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io::testing {
namespace {

struct Findings {
  int states = 0;
  std::vector<std::string> losses;
};

// Saves, and looks at `draws` states of the disk after each call that changes it. `lies`: which
// calls the disk only pretends to have made.
void LosePower(const SaveScenario& scenario, int draws, bool (*lies)(const FileOp&),
               Findings* findings) {
  const MemoryDirectory memory;
  const std::string directory = memory.path() + "disk/";
  const std::string after = memory.path() + "after/";
  PrepareDirectory(scenario, directory);
  PowerLossDisk disk(directory);
  RecordedFileSystem fs;
  const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
  ASSERT_TRUE(saved.ok()) << scenario.name << ": " << saved;
  std::mt19937 random(17);
  for (size_t i = 0; i <= fs.log().size(); ++i) {
    const bool complete = i == fs.log().size();
    const bool changes = !complete && fs.log()[i].kind != FileOp::kRead &&
                         fs.log()[i].kind != FileOp::kInspect && fs.log()[i].kind != FileOp::kClose;
    for (int draw = 0; draw < (complete ? 10 * draws : changes ? draws : 0); ++draw) {
      disk.WriteStateAfterLoss(after, &random);
      ++findings->states;
      const std::string loss = FindLoss(scenario, after, /*only_new=*/complete);
      if (!loss.empty()) {
        findings->losses.push_back(absl::StrCat(scenario.name, ", after call ", i, ": ", loss));
      }
    }
    if (!complete && (lies == nullptr || !lies(fs.log()[i]))) disk.Apply(fs.log()[i]);
  }
}

TEST(PowerLossTest, LeavesTheOldOrTheNewModel) {
  Findings findings;
  for (const SaveScenario& scenario : SaveScenarios()) LosePower(scenario, 6, nullptr, &findings);
  EXPECT_GE(findings.states, 2000);
  for (const std::string& loss : findings.losses) ADD_FAILURE() << loss;
}

// A save that was told of is there for good: that is what the test above asks of complete saves.
// Here it must find what goes wrong when a step of the protocol is missing.
TEST(PowerLossTest, EveryStepOfTheProtocolIsNeeded) {
  struct Step {
    const char* name;
    bool (*missing)(const FileOp&);
  };
  const Step kSteps[] = {
      {"no file is synced",
       [](const FileOp& op) {
         return op.kind == FileOp::kSync && op.path.find(".tmp.") != std::string::npos;
       }},
      {"no directory is synced",
       [](const FileOp& op) {
         return op.kind == FileOp::kSync && op.path.find(".tmp.") == std::string::npos;
       }},
      {"model files are not synced",
       [](const FileOp& op) {
         return op.kind == FileOp::kSync && op.path.find(".pb.tmp.") != std::string::npos;
       }},
      {"weights are not synced",
       [](const FileOp& op) {
         return op.kind == FileOp::kSync && op.path.find("tensors.tmp.") != std::string::npos;
       }},
  };
  for (const Step& step : kSteps) {
    Findings findings;
    for (const SaveScenario& scenario : SaveScenarios()) {
      if (findings.losses.empty()) LosePower(scenario, 6, step.missing, &findings);
    }
    EXPECT_GT(findings.losses.size(), 0u) << step.name;
  }
}

}  // namespace
}  // namespace dagrad::io::testing
