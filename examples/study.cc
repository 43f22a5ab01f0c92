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

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"
#include "dagrad/io/file.h"
#include "dagrad/io/gzip.h"

constexpr size_t kMaxBytes = 1 << 24;

using Examples = std::pair<Tensor, Tensor>;  // x and y

// All columns but the last one, and that.
Examples Divide(const std::string& text) {
  const learn::Table table = OrExit(io::ParseCsv(text, {.header = false}));
  return OrExit(table.FeaturesAndTarget(table.names().back()));
}

Examples Diabetes(const std::string& folder) {
  if (folder.empty()) return Divide(Numbers(442, 10, false, 1));
  const auto x = OrExit(io::ReadGzip(folder + "/diabetes_data_raw.csv.gz", kMaxBytes));
  const auto y = OrExit(io::ReadGzip(folder + "/diabetes_target.csv.gz", kMaxBytes));
  const learn::Table table = OrExit(io::ParseCsv(x, {.delimiter = ' ', .header = false}));
  const learn::Table target = OrExit(io::ParseCsv(y, {.header = false}));
  return {OrExit(table.ToTensor()), OrExit(target.ToTensor())};
}

Examples BreastCancer(const std::string& folder) {
  if (folder.empty()) return Divide(Numbers(569, 30, true, 2));
  const std::string text = OrExit(io::ReadFile(folder + "/breast_cancer.csv", kMaxBytes));
  return Divide(text.substr(text.find("\n") + 1));  // the first line tells sizes and classes
}

// A network behind a scaler, which learns from the training part of each division alone.
learn::Pipeline Network(int64_t units, double rate, const std::string& activation,
                        bool classifies) {
  keras::Sequential model("study", {.seed = 1});
  model.Add(keras::Dense(units, {.activation = activation}));
  model.Add(keras::Dense(1, {.activation = classifies ? "sigmoid" : "linear"}));
  OrExit(model.Compile({.optimizer = keras::Adam(rate),
                        .loss = classifies ? "binary_crossentropy" : "mse",
                        .metrics = classifies ? "accuracy" : "r2_score"}));
  return learn::Pipeline({learn::StandardScalerStep()}, std::move(model));
}

learn::Pipeline Regressor() { return Network(16, 0.05, "relu", false); }

learn::Pipeline Classifier(learn::HyperParameters& hp) {
  const double rate = hp.Float("rate", 1e-3, 1e-1, {.step = 10, .sampling = learn::Sampling::kLog});
  return Network(hp.Int("units", 4, 32, {.sampling = learn::Sampling::kLog}), rate,
                 hp.Choice("activation", {"relu", "tanh"}), true);
}

void StudyRegression(const Flags& flags, const Examples& examples) {
  const auto& [x, y] = examples;
  const learn::ValidationOptions options = {
      .splits = OrExit(learn::KFold(x.dims()[0], {.shuffle = true})),
      .fit = {.epochs = flags.Int("epochs")}};
  const learn::Scores scores = OrExit(learn::CrossValScore(Regressor, x, y, options));
  absl::PrintF("diabetes: R2 %.3f ± %.3f\n", scores.Mean(), scores.Std());
  const auto curve = OrExit(learn::LearningCurve(Regressor, x, y, options));
  Show(flags, "study_learning",
       plot::LearningCurve(curve.values, curve.TrainMeans(), curve.TestMeans()));
}

void StudyClassification(const Flags& flags, const Examples& examples) {
  const auto& [x, y] = examples;
  const learn::ValidationOptions options = {
      .splits = OrExit(learn::StratifiedKFold(y, {.n_splits = 3})),
      .fit = {.epochs = flags.Int("epochs")}};
  const auto curve = OrExit(learn::ValidationCurve(
      [](double units) { return Network(static_cast<int64_t>(units), 0.01, "relu", true); },
      {{1, 2, 8, 32}}, x, y, options));
  Show(flags, "study_validation",
       plot::ValidationCurve("units", curve.values, curve.TrainMeans(), curve.TestMeans()));

  const std::string folder = flags.Get("results");
  learn::SearchOptions search = {
      .validation = options, .max_trials = flags.Int("trials"), .file = folder + "/grid.json"};
  const learn::SearchResults grid = OrExit(learn::GridSearch(Classifier, x, y, search));
  OrExit(grid.ToTable().WriteCsv(folder + "/grid.csv"));
  search.max_trials = flags.Int("trials") / 2;
  search.file = folder + "/random.json";
  const learn::SearchResults random = OrExit(learn::RandomSearch(Classifier, x, y, search));
  std::cout << "\nGrid search:\n" << grid << "\nRandom search:\n" << random;
  absl::PrintF("breast cancer: accuracy %.4f\n", grid.Best().scores.Mean());
}

int main(int argc, char** argv) {
  const Flags flags(
      argc, argv,
      {{"data", "/usr/local/share/datasets/sklearn", "folder of the tables", "DAGRAD_SKLEARN_DATA"},
       {"epochs", "30", "passes over the data"},
       {"trials", "16", "points of the grid, and twice those drawn at random"},
       {"results", "/tmp/dagrad_study", "folder for the results of the searches"},
       {"plots", "", "folder for pictures"}});
  std::string folder = flags.Get("data");
  std::error_code error;
  if (!std::filesystem::exists(folder + "/breast_cancer.csv", error)) {
    std::cout << "The tables are not in \"" << folder << "\": they are made up.\n";
    folder.clear();
  }
  std::filesystem::create_directories(flags.Get("results"), error);
  StudyRegression(flags, Diabetes(folder));
  StudyClassification(flags, BreastCancer(folder));
}
