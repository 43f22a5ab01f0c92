// Predicts hourly wages from nine properties of workers, as in the deep-learning courses: three
// networks, trained until the validation loss no longer falls; the best weights of the last one,
// the courses', are kept. Data: hourly_wages.csv of the courses, 534 workers of the Current
// Population Survey of 1985.
//
//   bazel run -c opt //examples:wages -- --data hourly_wages.csv [--epochs N] [--out DIR] [--seed
//   N] [--plots DIR]

#include "dagrad/examples/example.h"

keras::Sequential MakeModel(const std::vector<int64_t>& units, int64_t inputs, int64_t seed) {
  keras::Sequential model("wages", {.seed = seed});
  model.Add(keras::Input({inputs}));
  for (const int64_t n : units) model.Add(keras::Dense(n, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  return model;
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"data", "hourly_wages.csv", "the CSV file"},
                     {"epochs", "100", "passes over the data, at most"},
                     {"seed", "1", "of initial weights and order"},
                     {"out", "/tmp/dagrad_wages", "folder of the best weights"},
                     {"plots", "", "folder for pictures"}});
  const CourseData data = OrExit(ReadWages(flags.Get("data")));

  plot::Chart chart{.title = "Validation loss", .x_label = "epoch", .y_label = "MSE"};
  for (const auto& [name, units] : std::vector<std::pair<std::string, std::vector<int64_t>>>{
           {"wider", {50, 50}}, {"deeper", {10, 10, 10, 5}}, {"9-10-5-1", {10, 5}}}) {
    keras::Model model = MakeModel(units, data.x.dims()[1], flags.Int("seed"));
    OrExit(model.Compile({.optimizer = "adam", .loss = "mean_squared_error", .metrics = "mae"}));
    keras::History history =
        OrExit(model.Fit(data.x, data.y,
                         {.epochs = flags.Int("epochs"),
                          .verbose = 0,
                          .validation_split = 0.3,
                          .callbacks = {keras::callbacks::EarlyStopping({.patience = 5}),
                                        keras::callbacks::ModelCheckpoint(
                                            flags.Get("out"), {.save_best_only = true})}}));
    std::cout << absl::StrFormat("%s: %d epochs, training MSE %.3f, validation MSE %.3f\n", name,
                                 history.epoch.size(), history["loss"].back(),
                                 history["val_loss"].back());
    chart.lines.push_back({.name = name, .y = history["val_loss"]});
  }
  Show(flags, "wages", chart);

  const keras::Model best = OrExit(keras::Model::Load(flags.Get("out")));
  std::cout << best.Summary();
  const Tensor predicted = OrExit(best.Predict(OrExit(learn::TakeRows(data.x, {0, 1}))));
  for (int i = 0; i < 2; ++i) {
    std::cout << absl::StrFormat("wage %.2f, predicted %.2f\n", data.y.data<float>()[i],
                                 predicted.data<float>()[i]);
  }
}
