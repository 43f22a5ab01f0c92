// Models that earlier versions of dagrad saved: each loads, predicts what it did, and goes on
// learning as it did. The folders are versions; write.cc makes one.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/npy.h"
#include "dagrad/tests/saved_models/saved_models.h"
#include "gtest/gtest.h"

namespace dagrad::testing {
namespace {

namespace files = std::filesystem;

std::vector<files::path> Folders() {
  std::vector<files::path> folders;
  for (const auto& version : files::directory_iterator("tests/saved_models")) {
    if (!version.is_directory()) continue;
    for (const auto& folder : files::directory_iterator(version.path()))
      folders.push_back(folder.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Predictions are those of the file. The processor that wrote it may have had other instructions,
// whose sums differ in the last bits.
void ExpectPredictions(const keras::Model& model, const keras::Data& x, const std::string& path) {
  const auto predictions = model.PredictAll(x);
  ASSERT_TRUE(predictions.ok()) << predictions.status();
  for (size_t i = 0; i < predictions->size(); ++i) {
    const auto wanted = io::ReadNpy(absl::StrCat(path, i, ".npy"));
    ASSERT_TRUE(wanted.ok()) << wanted.status();
    const auto a = wanted->data<float>(), b = (*predictions)[i].data<float>();
    ASSERT_EQ(a.size(), b.size());
    for (size_t k = 0; k < a.size(); ++k)
      EXPECT_NEAR(a[k], b[k], 1e-5 * std::max(1.0f, std::abs(a[k]))) << path << i << " at " << k;
  }
  EXPECT_FALSE(files::exists(absl::StrCat(path, predictions->size(), ".npy")));
}

TEST(SavedModelsTest, LoadPredictAndLearn) {
  ASSERT_GE(Folders().size(), 3);
  for (const files::path& folder : Folders()) {
    SCOPED_TRACE(folder);
    absl::StatusOr<keras::Model> model = keras::Model::Load(folder / "model");
    ASSERT_TRUE(model.ok()) << model.status();
    const Examples examples = ExamplesOf(folder.filename());
    ExpectPredictions(*model, examples.x, folder / "predicted");
    const absl::Status trained = TrainOn(&*model, examples);
    ASSERT_TRUE(trained.ok()) << trained;
    ExpectPredictions(*model, examples.x, folder / "trained");
  }
}

}  // namespace
}  // namespace dagrad::testing
