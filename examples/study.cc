// A study of models with scikit-learn's tools: cross-validation of a pipeline, a learning curve, a
// validation curve, and a grid search and a random search for the best options, whose results are
// kept in a file: a search that is stopped goes on where it was when the program is started again.
// Data: the diabetes table of Efron and others (442 patients, ten properties, the progress of the
// disease after a year) and the breast-cancer table of Wisconsin (569 tumours, 30 properties,
// whether they are benign), as Debian's package python3-sklearn has them; tools/setup unpacks it.
// Where they are not there, tables of the same form are made up, which is said.
//
//   bazel run -c opt //examples:study [-- --data DIR] [--epochs N] [--trials N] [--results DIR]
//   [--plots DIR]

#include <filesystem>
#include <system_error>

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"
#include "dagrad/io/file.h"
#include "dagrad/io/gzip.h"

namespace dagrad::examples {
namespace {

constexpr size_t kMaxBytes = 1 << 24;

struct Examples {
  Tensor x, y;
};

// All columns but the last one, and that.
absl::StatusOr<Examples> Divide(const std::string& text) {
  DAGRAD_ASSIGN_OR_RETURN(learn::Table table, io::ParseCsv(text, {.header = false}));
  const std::string target = table.names().back();
  DAGRAD_ASSIGN_OR_RETURN(learn::Table rest, table.Drop(target));
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, rest.ToTensor());
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, table.ToTensor(target));
  return Examples{std::move(x), std::move(y)};
}

absl::StatusOr<Examples> Diabetes(const std::string& folder) {
  if (folder.empty()) return Divide(Numbers(442, 10, false, 1));
  DAGRAD_ASSIGN_OR_RETURN(auto x, io::ReadGzip(folder + "/diabetes_data_raw.csv.gz", kMaxBytes));
  DAGRAD_ASSIGN_OR_RETURN(auto y, io::ReadGzip(folder + "/diabetes_target.csv.gz", kMaxBytes));
  Examples e;
  DAGRAD_ASSIGN_OR_RETURN(learn::Table table, io::ParseCsv(x, {.delimiter = ' ', .header = false}));
  DAGRAD_ASSIGN_OR_RETURN(learn::Table target, io::ParseCsv(y, {.header = false}));
  DAGRAD_ASSIGN_OR_RETURN(e.x, table.ToTensor());
  DAGRAD_ASSIGN_OR_RETURN(e.y, target.ToTensor());
  return e;
}

absl::StatusOr<Examples> BreastCancer(const std::string& folder) {
  if (folder.empty()) return Divide(Numbers(569, 30, true, 2));
  DAGRAD_ASSIGN_OR_RETURN(auto text, io::ReadFile(folder + "/breast_cancer.csv", kMaxBytes));
  return Divide(text.substr(text.find('\n') + 1));  // the first line tells sizes and classes
}

// A network behind a scaler, which learns from the training part of each division alone.
absl::StatusOr<learn::Pipeline> Network(int64_t units, double rate, const std::string& activation,
                                        bool classifies) {
  keras::Sequential model("study", {.seed = 1});
  model.Add(keras::Dense(units, {.activation = activation}));
  model.Add(keras::Dense(1, {.activation = classifies ? "sigmoid" : "linear"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Adam(rate),
                                        .loss = classifies ? "binary_crossentropy" : "mse",
                                        .metrics = classifies ? "accuracy" : "r2_score"}));
  return learn::Pipeline({learn::StandardScalerStep()}, std::move(model));
}

absl::StatusOr<learn::Pipeline> Regressor() { return Network(16, 0.05, "relu", false); }

absl::StatusOr<learn::Pipeline> Classifier(learn::HyperParameters& hp) {
  const double rate = hp.Float("rate", 1e-3, 1e-1, {.step = 10, .sampling = learn::Sampling::kLog});
  return Network(hp.Int("units", 4, 32, {.sampling = learn::Sampling::kLog}), rate,
                 hp.Choice("activation", {"relu", "tanh"}), true);
}

absl::Status StudyRegression(const Flags& flags, const Examples& d, int64_t epochs) {
  DAGRAD_ASSIGN_OR_RETURN(auto folds, learn::KFold(d.x.dims()[0], {.shuffle = true}));
  const learn::ValidationOptions options = {.splits = folds, .fit = {.epochs = epochs}};
  DAGRAD_ASSIGN_OR_RETURN(auto scores, learn::CrossValScore(Regressor, d.x, d.y, options));
  std::cout << absl::StrFormat("diabetes: R2 %.3f ± %.3f\n", scores.Mean(), scores.Std());
  DAGRAD_ASSIGN_OR_RETURN(auto curve, learn::LearningCurve(Regressor, d.x, d.y, options));
  return Show(flags, "study_learning",
              plot::LearningCurve(curve.values, curve.TrainMeans(), curve.TestMeans()));
}

absl::Status StudyClassification(const Flags& flags, const Examples& d, int64_t epochs) {
  const int64_t trials = flags.Int("trials");
  DAGRAD_ASSIGN_OR_RETURN(auto folds, learn::StratifiedKFold(d.y, {.n_splits = 3}));
  const learn::ValidationOptions options = {.splits = folds, .fit = {.epochs = epochs}};
  DAGRAD_ASSIGN_OR_RETURN(
      auto curve,
      learn::ValidationCurve(
          [](double units) { return Network(static_cast<int64_t>(units), 0.01, "relu", true); },
          {{1, 2, 8, 32}}, d.x, d.y, options));
  DAGRAD_RETURN_IF_ERROR(
      Show(flags, "study_validation",
           plot::ValidationCurve("units", curve.values, curve.TrainMeans(), curve.TestMeans())));

  const std::string folder = flags.Get("results");
  DAGRAD_ASSIGN_OR_RETURN(
      auto grid, learn::GridSearch(
                     Classifier, d.x, d.y,
                     {.validation = options, .max_trials = trials, .file = folder + "/grid.json"}));
  DAGRAD_ASSIGN_OR_RETURN(auto random, learn::RandomSearch(Classifier, d.x, d.y,
                                                           {.validation = options,
                                                            .max_trials = trials / 2,
                                                            .file = folder + "/random.json"}));
  DAGRAD_RETURN_IF_ERROR(grid.ToTable().WriteCsv(folder + "/grid.csv"));
  std::cout << "\nGrid search:\n" << grid << "\nRandom search:\n" << random;
  std::cout << absl::StrFormat("breast cancer: accuracy %.4f\n", grid.Best().scores.Mean());
  return absl::OkStatus();
}

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  std::string folder = flags.Get("data");
  std::error_code error;
  if (!std::filesystem::exists(folder + "/breast_cancer.csv", error)) {
    std::cout << "The tables are not in \"" << folder << "\": they are made up.\n";
    folder.clear();
  }
  std::filesystem::create_directories(flags.Get("results"), error);
  DAGRAD_ASSIGN_OR_RETURN(const Examples diabetes, Diabetes(folder));
  DAGRAD_RETURN_IF_ERROR(StudyRegression(flags, diabetes, epochs));
  DAGRAD_ASSIGN_OR_RETURN(const Examples cancer, BreastCancer(folder));
  return StudyClassification(flags, cancer, epochs);
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(
      argc, argv,
      {{"data", "/usr/local/share/datasets/sklearn", "folder of the tables", "DAGRAD_SKLEARN_DATA"},
       {"epochs", "30", "passes over the data"},
       {"trials", "16", "points of the grid, and twice those drawn at random"},
       {"results", "/tmp/dagrad_study", "folder for the results of the searches"},
       {"plots", "", "folder for pictures"}},
      dagrad::examples::Main);
}
