// Saves the models as this version of dagrad does, for all later ones:
//   bazel run //tests/saved_models:write -- FOLDER
// Beside each model stand its predictions, before and after one more epoch of training.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/io/npy.h"
#include "dagrad/tests/saved_models/saved_models.h"

namespace {

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(1);
}

void WritePredictions(const dagrad::keras::Model& model, const dagrad::keras::Data& x,
                      const std::string& path) {
  const auto predictions = model.PredictAll(x);
  Check(predictions.status());
  for (size_t i = 0; i < predictions->size(); ++i)
    Check(dagrad::io::WriteNpy(absl::StrCat(path, i, ".npy"), (*predictions)[i]));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write FOLDER\n";
    return 2;
  }
  for (dagrad::testing::SavedModel& m : dagrad::testing::TrainedModels()) {
    const std::string folder = absl::StrCat(argv[1], "/", m.name);
    std::filesystem::create_directories(folder);
    Check(m.model.Save(folder + "/model"));
    WritePredictions(m.model, m.examples.x, folder + "/predicted");
    Check(dagrad::testing::TrainOn(&m.model, m.examples));
    WritePredictions(m.model, m.examples.x, folder + "/trained");
  }
}
