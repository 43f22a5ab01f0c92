#include "dagrad/tests/fuzz/saved_models.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/table.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

// So that fuzzing starts from a model with each of them.
TEST(SavedModelsTest, HaveALayerOfEveryClass) {
  const std::string directory = io::testing::FreshDirectory() + "model";
  std::string descriptions;
  for (int i = 0; i < kNumSavedModels; ++i) {
    ASSERT_TRUE(MakeSavedModel(i).Save(directory).ok()) << i;
    const absl::StatusOr<io::LoadedModel> saved = io::LoadModel(directory, ops::FindOp);
    ASSERT_TRUE(saved.ok()) << saved.status();
    descriptions += saved->model.metadata.at("keras");
  }
  for (const std::string& name : keras::LayerClassNames()) {
    if (name == "Lambda") continue;  // read only with the function that it names
    EXPECT_TRUE(absl::StrContains(descriptions, absl::StrCat("\"", name, "\""))) << name;
  }
}

}  // namespace
}  // namespace dagrad::tests
