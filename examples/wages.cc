// Predicts hourly wages from nine properties of workers, as in the deep-learning courses: three
// networks, trained until the validation loss no longer falls; the best weights of the last one,
// the courses', are kept. Data: hourly_wages.csv of the courses, 534 workers of the Current
// Population Survey of 1985.
//
//   bazel run -c opt //examples:wages -- --data hourly_wages.csv [--epochs N] [--out DIR] [--seed
//   N] [--plots DIR]

#include <vector>

#include "dagrad/examples/example.h"

namespace dagrad::examples {
namespace {

namespace callbacks = keras::callbacks;

keras::Sequential MakeModel(const std::vector<int64_t>& units, int64_t inputs, int64_t seed) {
  keras::Sequential model("wages", {.seed = seed});
  model.Add(keras::Input({inputs}));
  for (const int64_t n : units) model.Add(keras::Dense(n, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  return model;
}

absl::Status Main(const Flags& flags) {
  DAGRAD_ASSIGN_OR_RETURN(auto data, ReadWages(flags.Get("data")));
  const int64_t epochs = flags.Int("epochs");
  const int64_t seed = flags.Int("seed");
  const std::string out = flags.Get("out");

  plot::Chart chart{.title = "Validation loss", .x_label = "epoch", .y_label = "MSE"};
  for (const auto& [name, units] : std::vector<std::pair<std::string, std::vector<int64_t>>>{
           {"wider", {50, 50}}, {"deeper", {10, 10, 10, 5}}, {"9-10-5-1", {10, 5}}}) {
    keras::Sequential model = MakeModel(units, data.x.dims()[1], seed);
    DAGRAD_RETURN_IF_ERROR(
        model.Compile({.optimizer = "adam", .loss = "mean_squared_error", .metrics = "mae"}));
    DAGRAD_ASSIGN_OR_RETURN(
        keras::History history,
        model.Fit(data.x, data.y,
                  {.epochs = epochs,
                   .verbose = 0,
                   .validation_split = 0.3,
                   .callbacks = {callbacks::EarlyStopping({.patience = 5}),
                                 callbacks::ModelCheckpoint(out, {.save_best_only = true})}}));
    std::cout << absl::StrFormat("%s: %d epochs, training MSE %.3f, validation MSE %.3f\n", name,
                                 history.epoch.size(), history["loss"].back(),
                                 history["val_loss"].back());
    chart.lines.push_back({.name = name, .y = history["val_loss"]});
  }
  DAGRAD_RETURN_IF_ERROR(Show(flags, "wages", chart));

  DAGRAD_ASSIGN_OR_RETURN(keras::Model best, keras::Model::Load(out));
  std::cout << best.Summary();
  DAGRAD_ASSIGN_OR_RETURN(auto rows, learn::TakeRows(data.x, {0, 1}));
  DAGRAD_ASSIGN_OR_RETURN(auto predicted, best.Predict(rows));
  for (int i = 0; i < 2; ++i) {
    std::cout << absl::StrFormat("wage %.2f, predicted %.2f\n", data.y.data<float>()[i],
                                 predicted.data<float>()[i]);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"data", "hourly_wages.csv", "the CSV file"},
                                    {"epochs", "100", "passes over the data, at most"},
                                    {"seed", "1", "of initial weights and order"},
                                    {"out", "/tmp/dagrad_wages", "folder of the best weights"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
